/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of suspends: a host with a guest that boots there.
 */
#ifndef TESTS_UNIT_SUSPEND_H
#define TESTS_UNIT_SUSPEND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/fake/pattern.h"
#include "tests/fake/ways.h"

#define SHUTDOWN "control/shutdown"
#define TESTING  "control/testing"
#define DATA     "data/testing"
#define OWN      "data/xen-test-vm/"
#define PORT     "device/suspend/event-channel"

/* four nodes of messages, the target, devices, our own nodes */
#define WATCH_COUNT 7

/* As under libxl, where control/ does not belong to the guest. */
#define LIBXL() fake_store_read_only("control/feature-shutdown")

#define NOW(action)   "{\"when\": \"now\", \"action\": \"" action "\"}"
#define LATER(action) "{\"when\": \"onshutdown\", \"action\": \"" action "\"}"

static const int outcomes[] = {ARCH_RESUMED, ARCH_CANCELLED, FAKE_REFUSED,
                               FAKE_SLOW};

/* Begin a test in which suspends end with `outcome`. Afterwards another test
 * can begin. */
static inline void begin_with(int outcome)
{
    fake_host_start();
    fake_host.outcome = outcome;
    fake_shuffle(fake_way.seed);
    fake_host.index = fake_way.index;
    fake_store.most = fake_console.most = fake_way.most;
}

static inline void begin(void)
{
    begin_with(ARCH_RESUMED);
}

static inline void begin_cancelled(void)
{
    begin_with(ARCH_CANCELLED);
}

static inline int set_up(void **state)
{
    (void)state;
    fake_first_way(begin);
    return 0;
}

/* The guest obeys, and its counters of suspends have these values. */
#define COUNTED(suspends, resumes, cancels)                                    \
    HOLDS(OWN "suspends", suspends), HOLDS(OWN "resumes", resumes),            \
        HOLDS(OWN "cancels", cancels)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

#endif
