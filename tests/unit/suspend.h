/* SPDX-License-Identifier: MIT */
/*
 * What the tests of suspends share: a host with a guest that boots there.
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

#define WATCH_COUNT 7 /* four nodes with messages, target, devices, our own */

/* As under libxl, where control is not the guest's. */
#define LIBXL() fake_store_read_only("control/feature-shutdown")

#define NOW(action)   "{\"when\": \"now\", \"action\": \"" action "\"}"
#define LATER(action) "{\"when\": \"onshutdown\", \"action\": \"" action "\"}"

static const int outcomes[] = {ARCH_RESUMED, ARCH_CANCELLED, FAKE_REFUSED,
                               FAKE_SLOW};

/* Begin a test, suspends ending like this; ready for another one after it. */
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

/* The guest obeys; with these counters of suspends. */
#define COUNTED(suspends, resumes, cancels)                                    \
    HOLDS(OWN "suspends", suspends), HOLDS(OWN "resumes", resumes),            \
        HOLDS(OWN "cancels", cancels)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

#endif
