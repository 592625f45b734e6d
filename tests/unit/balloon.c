/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/balloon: targets, modes, and a Xen that has too little
 * memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/balloon.h"
#include "tests/fake/arch.h"

#define SECOND    1000000000ULL
#define START_KIB 65536
#define SPARE     10000 /* pages besides the image's */

static uint64_t now_ns;

/* The balloon never forgets how much Xen has, so each test begins with all
 * pages in the domain. */
static void order(enum balloon_mode mode, uint32_t amount)
{
    const struct balloon_order what = {.mode = mode, .amount = amount};

    balloon_behave(&what);
}

/* Run until the balloon wants to wait longer than `patience`. Returns the time
 * that this took. */
static uint64_t run(uint64_t patience)
{
    const uint64_t begin_ns = now_ns;
    uint64_t wake_ns;

    for (;;) {
        balloon_run(now_ns, 0, &wake_ns);
        if (wake_ns == TIME_NEVER || wake_ns - now_ns > patience)
            return now_ns - begin_ns;
        now_ns = wake_ns;
        assert_true(now_ns - begin_ns < 100000 * SECOND);
    }
}

static void target(uint64_t kib)
{
    balloon_target(kib);
}

static int set_up(void **state)
{
    (void)state;
    fake_arch_start();
    fake_arch.spare_count = SPARE;
    now_ns = SECOND;
    balloon_start(START_KIB);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fake_arch.xen_has = SPARE;
    order(BALLOON_OBEY, 0);
    target(START_KIB);
    run(0);
    assert_int_equal(balloon_kib(), START_KIB);
    return 0;
}

static void assert_here(uint64_t kib)
{
    assert_int_equal(balloon_kib(), kib);
    assert_int_equal(fake_arch.away_count, (START_KIB - kib) / 4);
}

static void a_target_is_followed_both_ways(void **state)
{
    const uint64_t targets[] = {START_KIB - 4, START_KIB,     40960, 65532,
                                30000,         START_KIB - 8, 32768, 32772};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        target(targets[i]);
        assert_int_equal(run(0), 0);
        assert_here(targets[i]);
        assert_true(balloon_is_settled());
    }
}

static void a_slice_is_bounded(void **state)
{
    uint64_t wake_ns;

    (void)state;
    target(START_KIB - 4 * (ARCH_BALLOON_PAGES + 1));
    balloon_run(now_ns, 0, &wake_ns);
    assert_int_equal(wake_ns, now_ns);
    assert_int_equal(fake_arch.away_count, ARCH_BALLOON_PAGES);
    assert_false(balloon_is_settled());
    assert_true(balloon_is_active());
    balloon_run(now_ns, 0, &wake_ns);
    assert_true(wake_ns == TIME_NEVER);
    assert_int_equal(fake_arch.away_count, ARCH_BALLOON_PAGES + 1);
    assert_false(balloon_is_active());
}

static void a_target_within_a_page_is_that_page(void **state)
{
    (void)state;
    target(START_KIB - 5);
    run(0);
    assert_here(START_KIB - 8);
}

static void used_pages_stay(void **state)
{
    uint64_t wake_ns;

    (void)state;
    target(4);
    do {
        balloon_run(now_ns, 3000, &wake_ns);
    } while (wake_ns == now_ns);
    assert_true(wake_ns == TIME_NEVER);
    assert_int_equal(fake_arch.spare_count, 3000);
    assert_true(balloon_is_settled());
    run(0);
    assert_int_equal(fake_arch.spare_count, 0);
}

/* The balloon asks once a second, not more often. */
static void a_balloon_waits_while_xen_has_no_memory(void **state)
{
    uint64_t wake_ns;

    (void)state;
    target(START_KIB / 2);
    run(0);
    fake_arch.xen_has = 100;
    target(START_KIB);
    balloon_run(now_ns, 0, &wake_ns);
    assert_here(START_KIB / 2 + 400);
    assert_true(wake_ns == now_ns + SECOND);
    assert_false(balloon_is_settled());
    fake_arch.take_count = 0;
    balloon_run(wake_ns, 0, &wake_ns);
    assert_true(wake_ns == now_ns + 2 * SECOND);
    assert_int_equal(fake_arch.take_count, 1);
    fake_arch.xen_has = SPARE;
    now_ns = wake_ns;
    run(0);
    assert_here(START_KIB);
}

/* So that the p2m's new entries for all pages can be added before the first
 * page is taken. */
static void xen_is_told_how_many_pages_are_wanted_in_all(void **state)
{
    uint64_t wake_ns;

    (void)state;
    target(START_KIB - 4096);
    run(0);
    order(BALLOON_SLOW, 4);
    target(START_KIB - 4);
    balloon_run(now_ns, 0, &wake_ns);
    now_ns = wake_ns;
    balloon_run(now_ns, 0, &wake_ns);
    assert_here(START_KIB - 4092);
    assert_int_equal(fake_arch.wanted, 1023);
}

static void lost_pages_are_asked_for_again(void **state)
{
    (void)state;
    target(START_KIB - 4096);
    run(0);
    fake_lose_pages(100);
    balloon_lost(100);
    assert_here(START_KIB - 4496);
    assert_false(balloon_is_settled());
    run(0);
    assert_here(START_KIB - 4096);
    assert_true(balloon_is_settled());
}

static void refuse_and_partial_do_not_ask_for_lost_pages(void **state)
{
    (void)state;
    order(BALLOON_PARTIAL, 50);
    target(START_KIB - 4000);
    run(0);
    assert_here(START_KIB - 2000);
    fake_lose_pages(100);
    balloon_lost(100);
    run(0);
    assert_here(START_KIB - 2000);
    order(BALLOON_REFUSE, 0);
    fake_lose_pages(100);
    balloon_lost(100);
    run(0);
    assert_here(START_KIB - 2400);
    assert_true(balloon_is_settled());
}

/* More than the domain ever had: Xen refuses, and is not asked again. */
static void a_target_above_all(void **state)
{
    const uint64_t targets[] = {START_KIB + 4, 2 * START_KIB, UINT64_MAX};
    uint64_t wake_ns;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        fake_arch.take_count = 0;
        target(targets[i]);
        balloon_run(now_ns, 0, &wake_ns);
        assert_true(wake_ns == TIME_NEVER);
        assert_here(START_KIB);
        assert_int_equal(fake_arch.take_count, 1);
        assert_true(balloon_is_settled());
        assert_false(balloon_owes());
    }
}

/* As after `xl mem-set`: the domain's maximum is the target. */
static void a_target_above_what_the_domain_may_have(void **state)
{
    uint64_t wake_ns;

    (void)state;
    target(START_KIB / 2);
    run(0);
    fake_arch.xen_has = 100;
    fake_arch.has_all = true;
    target(START_KIB);
    balloon_run(now_ns, 0, &wake_ns);
    assert_true(wake_ns == TIME_NEVER);
    assert_here(START_KIB / 2 + 400);
    assert_true(balloon_is_settled());
    fake_arch.xen_has = SPARE;
    fake_arch.has_all = false;
    target(START_KIB - 4);
    run(0);
    assert_here(START_KIB - 4);
}

/* No mode causes a wake-up that can do nothing. */
static void no_mode_waits_for_a_target_out_of_reach(void **state)
{
    const enum balloon_mode modes[] = {BALLOON_OBEY, BALLOON_REFUSE,
                                       BALLOON_SLOW, BALLOON_PARTIAL,
                                       BALLOON_STUCK};
    const uint64_t targets[] = {0, 4 * START_KIB};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(modes); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(targets); j++) {
            order(modes[i], 100);
            target(targets[j]);
            run(TIME_NEVER - 1);
            assert_true(balloon_is_settled());
        }
        order(BALLOON_OBEY, 0);
        target(START_KIB);
        run(0);
    }
}

static void pages_that_are_owed(void **state)
{
    uint64_t wake_ns;

    (void)state;
    assert_false(balloon_owes());
    target(START_KIB - 4 * (ARCH_BALLOON_PAGES + 1));
    balloon_run(now_ns, 0, &wake_ns);
    assert_true(balloon_owes());
    balloon_run(now_ns, 0, &wake_ns);
    assert_false(balloon_owes());
    target(START_KIB);
    assert_false(balloon_owes());
}

/* --- modes ---------------------------------------------------------------- */

static void a_balloon_refuses(void **state)
{
    (void)state;
    order(BALLOON_REFUSE, 0);
    target(START_KIB / 2);
    run(0);
    assert_here(START_KIB);
    order(BALLOON_OBEY, 0);
    run(0);
    assert_here(START_KIB / 2);
}

static void a_balloon_is_slow(void **state)
{
    const uint32_t rates[] = {1, 3, 4, 100, 4096, 1000000};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rates); i++) {
        uint64_t took, kib = rates[i] > 1000 ? 8192 : 40;

        order(BALLOON_SLOW, rates[i]);
        target(START_KIB - kib);
        took = run(10 * SECOND);
        assert_here(START_KIB - kib);
        assert_in_range(took, kib * SECOND / rates[i],
                        kib * SECOND / rates[i] + 1000);
        target(START_KIB);
        run(10 * SECOND);
        assert_here(START_KIB);
    }
}

/* After a late wake-up the balloon neither stops nor hurries for ever. */
static void a_balloon_is_slow_and_late(void **state)
{
    const uint32_t rates[] = {1, 1024, 4096, 1000000, UINT32_MAX};
    const uint64_t delays[] = {SECOND, 2 * SECOND, 3600 * SECOND,
                               UINT64_MAX / 4};
    uint64_t wake_ns;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rates); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(delays); j++) {
            const uint64_t begin_ns = now_ns = SECOND;

            order(BALLOON_SLOW, rates[i]);
            target(START_KIB / 2);
            balloon_run(now_ns, 0, &wake_ns);
            for (unsigned int k = 0; k < 3; k++) {
                if (wake_ns == TIME_NEVER)
                    break;
                now_ns = MAX(wake_ns, now_ns) + delays[j];
                balloon_run(now_ns, 0, &wake_ns);
                assert_in_range(wake_ns, now_ns, now_ns + 4 * SECOND + 1);
            }
            /* Each late slice made up for 4 s at most. */
            assert_true(
                START_KIB - balloon_kib() <=
                MIN(now_ns - begin_ns, 16 * SECOND) / SECOND * rates[i] + 8);
            order(BALLOON_OBEY, 0);
            target(START_KIB);
            run(0);
            assert_here(START_KIB);
        }
    }
}

/* The balloon makes up for the missed time, and is then as slow as before. */
static void a_slow_balloon_catches_up(void **state)
{
    uint64_t wake_ns;

    (void)state;
    order(BALLOON_SLOW, 4096);
    target(START_KIB / 2);
    balloon_run(now_ns, 0, &wake_ns);
    now_ns += 2 * SECOND;
    run(0);
    assert_here(START_KIB - 8192);
    now_ns += SECOND / 2;
    run(0);
    assert_here(START_KIB - 8192 - 2048);
}

/* A target of any size: the product with a percentage must not overflow. */
static void a_part_of_a_long_way_does_not_overflow(void **state)
{
    const uint64_t targets[] = {UINT64_MAX, 18446744073709551609U,
                                UINT64_MAX / 2, UINT64_MAX / 100};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        for (uint32_t percent = 1; percent <= 100; percent++) {
            order(BALLOON_PARTIAL, percent);
            target(targets[i]);
            run(0);
            assert_here(START_KIB);
        }
    }
}

static void a_balloon_goes_a_part_of_the_way(void **state)
{
    (void)state;
    order(BALLOON_PARTIAL, 25);
    target(START_KIB - 4000);
    run(0);
    assert_here(START_KIB - 1000);
    target(START_KIB - 5000);
    run(0);
    assert_here(START_KIB - 2000);
    target(START_KIB);
    run(0);
    assert_here(START_KIB - 1500);
    assert_true(balloon_is_settled());
}

static void a_balloon_oscillates(void **state)
{
    (void)state;
    order(BALLOON_OSCILLATE, 0);
    target(40960);
    for (unsigned int i = 0; i < 5; i++) {
        run(0);
        assert_here(40960);
        now_ns += SECOND;
        run(0);
        assert_here(40960 - 40960 / 8);
        assert_true(balloon_is_active());
        now_ns += SECOND;
    }
}

/* Neither end can be reached: the balloon goes on, once a second. */
static void a_balloon_oscillates_as_far_as_it_can(void **state)
{
    const uint64_t targets[] = {START_KIB + 4096, START_KIB - 40};
    uint64_t wake_ns;

    (void)state;
    order(BALLOON_OSCILLATE, 0);
    for (unsigned int i = 0; i < 10; i++) {
        target(targets[i / 5]);
        fake_arch.take_count = 0;
        balloon_run(now_ns, SPARE - 10, &wake_ns);
        assert_true(wake_ns == now_ns + SECOND);
        assert_true(fake_arch.take_count <= 1);
        now_ns = wake_ns;
    }
}

static void a_stuck_balloon_says_that_it_is_not_over(void **state)
{
    (void)state;
    order(BALLOON_STUCK, 0);
    target(START_KIB / 2);
    run(0);
    assert_here(START_KIB / 2);
    assert_true(balloon_is_active());
    order(BALLOON_OBEY, 0);
    run(0);
    assert_false(balloon_is_active());
}

static void the_same_target_again_changes_nothing(void **state)
{
    uint64_t wake_ns;

    (void)state;
    target(START_KIB);
    balloon_run(now_ns, 0, &wake_ns);
    assert_true(wake_ns == TIME_NEVER);
    assert_false(balloon_is_active());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_target_is_followed_both_ways),
        TEST(a_slice_is_bounded),
        TEST(a_target_within_a_page_is_that_page),
        TEST(used_pages_stay),
        TEST(a_balloon_waits_while_xen_has_no_memory),
        TEST(xen_is_told_how_many_pages_are_wanted_in_all),
        TEST(lost_pages_are_asked_for_again),
        TEST(refuse_and_partial_do_not_ask_for_lost_pages),
        TEST(a_target_above_all),
        TEST(a_target_above_what_the_domain_may_have),
        TEST(no_mode_waits_for_a_target_out_of_reach),
        TEST(pages_that_are_owed),
        TEST(a_balloon_refuses),
        TEST(a_balloon_is_slow),
        TEST(a_balloon_is_slow_and_late),
        TEST(a_slow_balloon_catches_up),
        TEST(a_part_of_a_long_way_does_not_overflow),
        TEST(a_balloon_goes_a_part_of_the_way),
        TEST(a_balloon_oscillates),
        TEST(a_balloon_oscillates_as_far_as_it_can),
        TEST(a_stuck_balloon_says_that_it_is_not_over),
        TEST(the_same_target_again_changes_nothing),
    };

    return cmocka_run_group_tests_name("balloon", tests, NULL, NULL);
}
