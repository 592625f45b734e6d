/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/x86/clock: system time from a page that the test has written,
 * and from this machine's own time stamp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "arch/x86/x86.h"

#define LONG_AGO 0x100000000 /* in time stamps */
#define HALF     0x80000000U /* multiplier: a fraction of 32 bits */

/* In time stamps: more than a minute, which no test takes. */
#define AHEAD 0x4000000000

static struct vcpu_time_info page;

/* arch/common.c makes it for the balloon, which is not tested here. */
int common_memory_op(int command, void *argument)
{
    (void)command;
    (void)argument;
    return -1;
}

static uint64_t stamp(void)
{
    return __builtin_ia32_rdtsc();
}

static int set_up(void **state)
{
    (void)state;
    x86_system_time_restart();
    page = (struct vcpu_time_info){
        .version = 2,
        .tsc_timestamp = stamp(),
        .system_time = 1000,
        .tsc_to_system_mul = HALF, /* two time stamps per ns */
    };
    return 0;
}

/* The time must lie between values read before and after the call. */
static void is_scaled(int8_t shift, uint64_t stamps_a_ns)
{
    uint64_t least, most, time;

    page.tsc_shift = shift;
    x86_system_time_restart();
    least = (stamp() - page.tsc_timestamp) / stamps_a_ns;
    time = x86_system_time(&page);
    most = (stamp() - page.tsc_timestamp) / stamps_a_ns;
    assert_in_range(time, page.system_time + least, page.system_time + most);
}

static void the_time_stamp_is_scaled_as_xen_says(void **state)
{
    (void)state;
    page.tsc_timestamp -= LONG_AGO;
    is_scaled(0, 2);
    is_scaled(1, 1);
    is_scaled(-1, 4);
    is_scaled(-8, 512);
}

/* Another CPU, whose time stamp is ahead, wrote the page. */
static void a_time_stamp_behind_that_of_the_page_adds_no_time(void **state)
{
    static const int8_t shifts[] = {0, 1, 31, -1, -31};

    (void)state;
    page.tsc_timestamp += AHEAD;
    for (unsigned int i = 0; i < ARRAY_COUNT(shifts); i++) {
        page.tsc_shift = shifts[i];
        assert_int_equal(x86_system_time(&page), 1000);
    }
}

/* Such as on another CPU, or after Xen calibrates again. */
static void time_never_goes_back(void **state)
{
    uint64_t time;

    (void)state;
    page.tsc_timestamp += AHEAD; /* time stands still */
    page.system_time = 5000;
    time = x86_system_time(&page);
    assert_int_equal(time, 5000);
    page.system_time = 4999;
    assert_int_equal(x86_system_time(&page), 5000);
    page.system_time = 0;
    assert_int_equal(x86_system_time(&page), 5000);
    page.system_time = 5001;
    assert_int_equal(x86_system_time(&page), 5001);
}

static void time_may_go_back_after_a_restart(void **state)
{
    (void)state;
    page.tsc_timestamp += AHEAD;
    page.system_time = UINT64_MAX / 2;
    assert_int_equal(x86_system_time(&page), UINT64_MAX / 2);
    page.system_time = 7;
    x86_system_time_restart();
    assert_int_equal(x86_system_time(&page), 7);
}

static void the_wall_clock_is_in_ns(void **state)
{
    static struct shared_info shared;

    (void)state;
    shared.wc_version = 4;
    shared.wc_sec = 3000000000;
    shared.wc_nsec = 999999999;
    assert_int_equal(common_wall_clock_ns(&shared), 3000000000999999999);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_time_stamp_is_scaled_as_xen_says),
        TEST(a_time_stamp_behind_that_of_the_page_adds_no_time),
        TEST(time_never_goes_back),
        TEST(time_may_go_back_after_a_restart),
        TEST(the_wall_clock_is_in_ns),
    };

    return cmocka_run_group_tests_name("x86_clock", tests, NULL, NULL);
}
