/* SPDX-License-Identifier: MIT */
/*
 * fake/ways - one fact, under many orders of events; see fake/ways.h.
 */
#include "tests/fake/ways.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/macros.h"

#define WAY_COUNT 400

struct fake_way fake_way;

static bool trying; /* inside a loop over ways */

static void choose(unsigned int seed)
{
    static const unsigned int mosts[] = {1, 3, 17, 130, 700, 1500};

    fake_way.seed = seed;
    fake_way.index = seed % 2 ? 0xfffffff0 : 0xffffffff - seed * 37;
    fake_way.most = mosts[seed % ARRAY_COUNT(mosts)];
    if (seed == 0)
        fake_way = (struct fake_way){.index = 0};
}

bool fake_next_way(void (*begin)(void))
{
    const char *given = getenv("SEED");
    unsigned int end = WAY_COUNT, next = trying ? fake_way.seed + 1 : 0;

    if (given) {
        next = (unsigned int)strtoul(given, NULL, 0) + (trying ? 1 : 0);
        end = next + (trying ? 0 : 1);
    }
    trying = next < end;
    if (!trying)
        return false;
    choose(next);
    begin();
    return true;
}

void fake_first_way(void (*begin)(void))
{
    trying = false;
    choose(0);
    begin();
}

int fake_end_way(void **state)
{
    (void)state;
    if (trying)
        print_error("SEED=%u\n", fake_way.seed);
    trying = false;
    return 0;
}
