/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/clock: time as the VM lives it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/evtchn.h"
#include "kernel/clock.h"
#include "tests/fake/arch.h"

static int set_up(void **state)
{
    (void)state;
    fake_arch_start();
    fake_arch.time_ns = 5000;
    clock_start();
    (void)clock_ns();
    return 0;
}

static void it_counts_from_the_first_look_at_it(void **state)
{
    (void)state;
    assert_int_equal(clock_ns(), 0);
    fake_arch.time_ns += 12345678901;
    assert_int_equal(clock_ns(), 12345678901);
    clock_start();
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_ns(), 0);
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_ns(), 1000);
}

/* Time passes, and is asked for again only when there was a wait. */
static void recent_is_since_the_last_wait(void **state)
{
    const evtchn_port_t port = 3;

    (void)state;
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_recent_ns(), 0);
    assert_int_equal(evtchn_wait(&port, 1, 7000), 0); /* 2000 by clock_ns() */
    assert_int_equal(clock_recent_ns(), 2000);
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_recent_ns(), 2000);
    assert_int_equal(clock_ns(), 3000);
    assert_int_equal(clock_recent_ns(), 3000);
}

static void recent_is_no_reading_that_was_forgotten(void **state)
{
    (void)state;
    fake_arch.time_ns += 1000;
    clock_forget();
    assert_int_equal(clock_recent_ns(), 1000);
    clock_start();
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_recent_ns(), 0);
}

static void time_that_is_skipped_does_not_count(void **state)
{
    (void)state;
    fake_arch.time_ns += 2;
    fake_arch.time_ns += 3600000000000;
    clock_skip(1, 3600000000001);
    assert_int_equal(clock_ns(), 2);
    fake_arch.time_ns += 1;
    assert_int_equal(clock_ns(), 3);
}

/* Without a suspend: time stands still until it has come so far again. */
static void it_never_goes_back(void **state)
{
    (void)state;
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_ns(), 1000);
    fake_arch.time_ns -= 400;
    assert_int_equal(clock_ns(), 1000);
    assert_int_equal(clock_system_time(1001), 6001);
    fake_arch.time_ns = 0;
    assert_int_equal(clock_ns(), 1000);
    fake_arch.time_ns = 5999;
    assert_int_equal(clock_ns(), 1000);
    fake_arch.time_ns = 6001;
    assert_int_equal(clock_ns(), 1001);
    fake_arch.time_ns += UINT64_MAX / 2 - 10000;
    assert_int_equal(clock_ns(), UINT64_MAX / 2 - 8999);
    clock_start();
    fake_arch.time_ns = 7;
    assert_int_equal(clock_ns(), 0);
}

/* Another host, switched on later than this one. */
static void a_clock_may_even_be_set_back(void **state)
{
    (void)state;
    fake_arch.time_ns += 2;
    fake_arch.time_ns -= 4000;
    clock_skip(4000, 0);
    assert_int_equal(clock_ns(), 2);
    fake_arch.time_ns += 1;
    assert_int_equal(clock_ns(), 3);
}

/* The host's own clock may do so; the next who asks takes the difference. */
static void it_never_goes_back_behind_a_suspend(void **state)
{
    (void)state;
    fake_arch.time_ns = 9000;
    assert_int_equal(clock_ns(), 4000);
    fake_arch.time_ns = 100;
    clock_skip(9000, 100);
    assert_int_equal(clock_ns(), 4000);
    fake_arch.time_ns = 99;
    assert_int_equal(clock_ns(), 4000);
    fake_arch.time_ns = 101;
    assert_int_equal(clock_ns(), 4001);
}

/* What it will be is what a wait can be told. */
static void a_time_to_come_has_its_system_time(void **state)
{
    (void)state;
    assert_int_equal(clock_system_time(0), 5000);
    assert_int_equal(clock_system_time(700), 5700);
    fake_arch.time_ns = clock_system_time(700);
    assert_int_equal(clock_ns(), 700);
    clock_skip(0, 1000);
    assert_int_equal(clock_system_time(700), 6700);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_counts_from_the_first_look_at_it),
        TEST(recent_is_since_the_last_wait),
        TEST(recent_is_no_reading_that_was_forgotten),
        TEST(time_that_is_skipped_does_not_count),
        TEST(it_never_goes_back),
        TEST(a_clock_may_even_be_set_back),
        TEST(it_never_goes_back_behind_a_suspend),
        TEST(a_time_to_come_has_its_system_time),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
