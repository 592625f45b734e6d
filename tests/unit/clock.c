/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/clock: the VM's own time.
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

static void the_clock_counts_from_its_first_reading(void **state)
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

/* Time passes, but the clock is read again only after a wait. */
static void a_recent_reading_is_since_the_last_wait(void **state)
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

static void a_forgotten_reading_is_not_recent(void **state)
{
    (void)state;
    fake_arch.time_ns += 1000;
    clock_forget();
    assert_int_equal(clock_recent_ns(), 1000);
    clock_start();
    fake_arch.time_ns += 1000;
    assert_int_equal(clock_recent_ns(), 0);
}

static void skipped_time_does_not_count(void **state)
{
    (void)state;
    fake_arch.time_ns += 2;
    fake_arch.time_ns += 3600000000000;
    clock_skip(1, 3600000000001);
    assert_int_equal(clock_ns(), 2);
    fake_arch.time_ns += 1;
    assert_int_equal(clock_ns(), 3);
}

/* Without a suspend: the time stands still until the host has caught up. */
static void the_clock_never_goes_back(void **state)
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

/* The other host was started later than this one. */
static void the_system_time_may_go_back_in_a_suspend(void **state)
{
    (void)state;
    fake_arch.time_ns += 2;
    fake_arch.time_ns -= 4000;
    clock_skip(4000, 0);
    assert_int_equal(clock_ns(), 2);
    fake_arch.time_ns += 1;
    assert_int_equal(clock_ns(), 3);
}

/* The host's own clock may go back; callers subtract readings. */
static void the_clock_never_goes_back_after_a_suspend(void **state)
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

/* clock_system_time() gives a wait the right system time. */
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
        TEST(the_clock_counts_from_its_first_reading),
        TEST(a_recent_reading_is_since_the_last_wait),
        TEST(a_forgotten_reading_is_not_recent),
        TEST(skipped_time_does_not_count),
        TEST(the_clock_never_goes_back),
        TEST(the_system_time_may_go_back_in_a_suspend),
        TEST(the_clock_never_goes_back_after_a_suspend),
        TEST(a_time_to_come_has_its_system_time),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
