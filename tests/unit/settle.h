/* SPDX-License-Identifier: MIT */
/*
 * settle - lets a fake store and the driver come to rest, for tests.
 */
#ifndef TESTS_UNIT_SETTLE_H
#define TESTS_UNIT_SETTLE_H

#include "drivers/xenstore.h"
#include "tests/fake/arch.h"

/* Let all messages that are under way arrive. */
static inline void settle(void)
{
    bool some;

    do {
        some = fake_step();
        xenstore_receive();
    } while (some);
}

#endif
