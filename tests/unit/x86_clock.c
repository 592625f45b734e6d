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
#define HALF     0x80000000U /* of a multiplier, which has 32 bits behind 0. */

/* No test takes so many time stamps: it is more than a minute. */
#define AHEAD 0x4000000000

static struct vcpu_time_info page;

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
        .tsc_to_system_mul = HALF, /* two time stamps a ns */
    };
    return 0;
}

/* Between what it was before the call and after it. */
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

/* The page was written by a CPU that is ahead of this one. */
static void a_time_stamp_behind_the_pages_is_no_time_at_all(void **state)
{
    static const int8_t shifts[] = {0, 1, 31, -1, -31};

    (void)state;
    page.tsc_timestamp += AHEAD;
    for (unsigned int i = 0; i < ARRAY_COUNT(shifts); i++) {
        page.tsc_shift = shifts[i];
        assert_int_equal(x86_system_time(&page), 1000);
    }
}

/* On another CPU, or since Xen has measured again. */
static void it_never_goes_back(void **state)
{
    uint64_t time;

    (void)state;
    page.tsc_timestamp += AHEAD; /* it stands still */
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

static void it_may_go_back_where_it_begins_anew(void **state)
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
    assert_int_equal(x86_wall_clock(&shared), 3000000000999999999);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_time_stamp_is_scaled_as_xen_says),
        TEST(a_time_stamp_behind_the_pages_is_no_time_at_all),
        TEST(it_never_goes_back),
        TEST(it_may_go_back_where_it_begins_anew),
        TEST(the_wall_clock_is_in_ns),
    };

    return cmocka_run_group_tests_name("x86_clock", tests, NULL, NULL);
}
