/* SPDX-License-Identifier: MIT */
/*
 * Helpers for tests of kernel/attack: give an order and run its slices.
 */
#ifndef TESTS_UNIT_ATTACK_H
#define TESTS_UNIT_ATTACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/attack.h"
#include "kernel/clock.h"
#include "kernel/work.h"

#define NOW (5 * NS_PER_S)

/* Since the test has cleared it: the next slice is due now. */
static bool hurries;

void work_hurry(void)
{
    hurries = true;
}

static struct outcome outcome;
static uint64_t wake_ns;

static inline void order(enum attack_mode mode, uint32_t tries,
                         uint32_t seconds)
{
    const struct command command = {.action = ACTION_ATTACK,
                                    .attack_mode = mode,
                                    .tries = tries,
                                    .seconds = seconds};

    wake_ns = NOW;
    attack_start(&command, NOW);
}

static inline bool run(uint64_t now_ns)
{
    outcome = (struct outcome){.error = NULL};
    return attack_run(now_ns, &wake_ns, &outcome);
}

static inline void run_through_at(uint64_t now_ns)
{
    for (unsigned int slices = 0; run(now_ns); slices++) {
        assert_int_equal(wake_ns, now_ns);
        assert_true(slices < 1000);
    }
}

static inline void run_through(void)
{
    run_through_at(NOW);
}

/* Run until nothing is left to try, and what was got is held. */
static inline void run_to_hold(uint64_t until_ns)
{
    for (unsigned int slices = 0; wake_ns != until_ns; slices++) {
        assert_true(run(NOW));
        assert_true(slices < 1000);
    }
}

#endif
