/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/dirty: memory that is rewritten and verified.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/dirty.h"
#include "tests/fake/arch.h"

#define MIB_PAGES   256
#define SPARE_PAGES (3 * MIB_PAGES)
#define PAGE_WORDS  (PAGE_SIZE / sizeof(uint64_t))
#define UNTOUCHED   0xeeeeeeeeeeeeeeee
#define MS          1000000UL
#define SECOND      (1000 * MS)

static uint64_t spare[SPARE_PAGES * PAGE_WORDS];
static uint64_t now;           /* simulated */
static uint64_t slice_ns;      /* time that a slice takes */
static unsigned int run_count; /* slices of one order */

static int set_up(void **state)
{
    (void)state;
    fake_arch_start();
    fake_arch.spare = spare;
    fake_arch.spare_count = SPARE_PAGES;
    memset(spare, 0xee, sizeof(spare));
    now = 5 * SECOND;
    slice_ns = 0;
    return 0;
}

static void start(uint32_t mib, uint32_t mib_per_s, uint32_t seconds)
{
    const struct dirty_order order = {mib, mib_per_s, seconds};

    assert_true(mib <= dirty_mib_max());
    run_count = 0;
    dirty_start(&order, now);
}

/* Do one slice. No slice may be long. */
static bool slice(uint64_t *wake_ns)
{
    uint64_t shown = fake_arch.shown_count;
    bool more = dirty_run(now, wake_ns);

    assert_true(fake_arch.shown_count - shown <= ARCH_WINDOW_PAGES);
    now += slice_ns;
    run_count++;
    return more;
}

/* Do what an event loop does, until `end_ns`. False: the order is over. */
static bool run_until(uint64_t end_ns)
{
    uint64_t wake_ns;

    while (slice(&wake_ns)) {
        if (now >= end_ns || wake_ns > end_ns) {
            now = end_ns > now ? end_ns : now;
            return true;
        }
        now = wake_ns > now ? wake_ns : now;
    }
    assert_true(wake_ns == TIME_NEVER);
    return false;
}

/* Run until nothing is due at once. */
static void run_while_busy(void)
{
    uint64_t wake_ns;

    do
        assert_true(slice(&wake_ns));
    while (wake_ns <= now);
}

static void run_to_the_end(void)
{
    assert_false(run_until(now + 1000 * SECOND));
}

static void result_is(uint64_t mib_rewritten, uint64_t words_wrong)
{
    assert_int_equal(dirty_result().mib_rewritten, mib_rewritten);
    assert_int_equal(dirty_result().words_wrong, words_wrong);
}

static void flip(uint64_t page, unsigned int word)
{
    fake_spare_page(page)[word] ^= (uint64_t)1 << word % 64;
}

static void the_largest_order_is_whole_mebibytes(void **state)
{
    static const struct {
        uint64_t pages;
        unsigned int mib;
    } rows[] = {{0, 0},   {188, 0},    {255, 0},          {256, 1},
                {511, 1}, {16285, 63}, {1UL << 24, 65536}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        fake_arch.spare_count = rows[i].pages;
        assert_int_equal(dirty_mib_max(), rows[i].mib);
    }
}

static void only_the_ordered_memory_is_filled(void **state)
{
    (void)state;
    start(2, 0, 0);
    run_while_busy();
    (void)fake_spare_page(0);
    for (uint64_t i = 0; i < SPARE_PAGES * PAGE_WORDS; i++)
        assert_true((spare[i] == UNTOUCHED) ==
                    (i >= 2 * MIB_PAGES * PAGE_WORDS));
    result_is(0, 0);
}

static void nothing_is_touched_before_the_first_slice(void **state)
{
    (void)state;
    start(3, 100, 0);
    assert_int_equal(fake_arch.shown_count, 0);
}

static void without_a_rate_memory_is_filled_once(void **state)
{
    uint64_t wake_ns, shown;

    (void)state;
    start(3, 0, 0);
    run_while_busy();
    shown = fake_arch.shown_count;
    assert_int_equal(shown, SPARE_PAGES);
    now += 100 * SECOND;
    assert_true(slice(&wake_ns));
    assert_true(wake_ns == TIME_NEVER);
    assert_int_equal(fake_arch.shown_count, shown);
}

static void the_time_begins_when_all_is_filled(void **state)
{
    uint64_t filled;

    (void)state;
    slice_ns = 10 * MS;
    start(3, 0, 2);
    run_while_busy();
    slice_ns = 0;
    filled = now;
    assert_true(filled > 5 * SECOND + 100 * MS);
    assert_true(run_until(filled + 2 * SECOND - 40 * MS));
    assert_false(run_until(filled + 2 * SECOND));
    result_is(0, 0);
}

/* Slices that take no time, and slices that take nearly all of it. */
static void the_rate_is_kept(void **state)
{
    static const uint32_t rates[] = {1, 7, 40};

    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_COUNT(rates); i++) {
        uint32_t rate = rates[i / 2];

        slice_ns = i % 2 == 0 ? 0 : MS;
        start(3, rate, 4);
        run_while_busy();
        for (unsigned int second = 1; second <= 3; second++) {
            uint64_t rewritten;

            assert_true(run_until(now + SECOND));
            rewritten = dirty_result().mib_rewritten;
            assert_in_range(rewritten, second * rate - 1, second * rate + 1);
        }
        run_to_the_end();
        result_is(4UL * rate, 0);
    }
}

static void dirty_sleeps_in_between(void **state)
{
    (void)state;
    start(1, 1, 0);
    run_while_busy();
    run_count = 0;
    assert_true(run_until(now + 10 * SECOND));
    assert_in_range(run_count, 150, 170);
}

static void work_that_the_cpu_cannot_do_is_left_out(void **state)
{
    uint64_t begin = now;

    (void)state;
    slice_ns = 10 * MS;
    start(1, UINT32_MAX, 3);
    run_to_the_end();
    /* 4 slices to fill, 301 to rewrite, 5 to verify and to end. */
    assert_in_range(now - begin, 3 * SECOND, 3 * SECOND + 120 * MS);
    assert_in_range(run_count, 305, 312);
    assert_in_range(dirty_result().mib_rewritten, 74, 76);
}

static void a_pause_becomes_no_burst(void **state)
{
    uint64_t wake_ns;

    (void)state;
    start(3, 4, 0);
    run_while_busy();
    now += 100 * SECOND;
    do
        assert_true(slice(&wake_ns));
    while (wake_ns <= now);
    result_is(4, 0);
}

static void a_wrong_word_is_found_on_the_way(void **state)
{
    (void)state;
    start(3, 3, 0);
    run_while_busy();
    flip(0, 0);
    flip(300, 77);
    flip(767, 511);
    assert_true(run_until(now + SECOND + 100 * MS));
    result_is(3, 3);
    assert_true(run_until(now + 2 * SECOND));
    result_is(9, 3);
    dirty_stop();
    run_to_the_end();
    result_is(9, 3);
}

static void every_word_counts(void **state)
{
    (void)state;
    start(1, 0, 0);
    run_while_busy();
    for (unsigned int i = 0; i < PAGE_WORDS; i++)
        flip(17, i);
    flip(255, 511);
    dirty_stop();
    run_to_the_end();
    result_is(0, PAGE_WORDS + 1);
}

static void other_pages_are_not_verified(void **state)
{
    (void)state;
    start(2, 8, 1);
    run_while_busy();
    flip(2 * MIB_PAGES, 0);
    run_to_the_end();
    result_is(8, 0);
}

static void after_a_resume_all_is_verified_first(void **state)
{
    (void)state;
    start(3, 8, 0);
    run_while_busy();
    assert_true(run_until(now + SECOND / 10)); /* 0.8 of 3 MiB */
    flip(1, 5);
    flip(700, 6);
    dirty_resumed();
    now += SECOND / 2;
    for (unsigned int i = 0; i < SPARE_PAGES / ARCH_WINDOW_PAGES; i++) {
        uint64_t wake_ns;

        assert_true(slice(&wake_ns));
        assert_true(wake_ns <= now);
    }
    result_is(0, 2);
    assert_true(run_until(now + SECOND));
    result_is(12, 2);
}

static void a_resume_during_the_fill_verifies_the_filled_pages(void **state)
{
    uint64_t wake_ns;

    (void)state;
    start(3, 0, 0);
    for (unsigned int i = 0; i < 3; i++)
        assert_true(slice(&wake_ns));
    flip(100, 0);
    flip(500, 0); /* not filled yet */
    dirty_resumed();
    run_while_busy();
    result_is(0, 1);
    dirty_resumed();
    run_while_busy();
    result_is(0, 1);
    assert_int_equal(fake_arch.shown_count, 3 * 64 * 2 + 9 * 64 + 12 * 64);
}

static void a_resume_at_the_end_verifies_all(void **state)
{
    uint64_t wake_ns;

    (void)state;
    start(3, 0, 0);
    run_while_busy();
    dirty_stop();
    for (unsigned int i = 0; i < 6; i++)
        assert_true(slice(&wake_ns));
    flip(0, 0);
    dirty_resumed();
    run_to_the_end();
    result_is(0, 1);
}

static void exchanged_pages_are_found(void **state)
{
    static uint64_t page[PAGE_WORDS];

    (void)state;
    start(1, 0, 0);
    run_while_busy();
    memcpy(page, fake_spare_page(3), PAGE_SIZE);
    memcpy(fake_spare_page(3), fake_spare_page(4), PAGE_SIZE);
    memcpy(fake_spare_page(4), page, PAGE_SIZE);
    dirty_stop();
    run_to_the_end();
    result_is(0, 2 * PAGE_WORDS);
}

/* A VM that rewrites this amount resumes with only the first pages left. */
static void order_and_lose(uint32_t mib, uint64_t left)
{
    start(mib, 1, 0);
    run_while_busy();
    fake_lose_pages(SPARE_PAGES - left);
    dirty_resumed();
    assert_int_equal(dirty_pages(), left);
}

/* and is not looked at */
static void pages_that_are_lost_are_wrong(void **state)
{
    (void)state;
    order_and_lose(2, 500);
    assert_true(run_until(now + 4 * SECOND));
    dirty_stop();
    run_to_the_end();
    result_is(3, 12 * PAGE_WORDS);
}

static void all_pages_that_are_lost_are_wrong(void **state)
{
    uint64_t wake_ns;

    (void)state;
    order_and_lose(1, 0);
    assert_false(slice(&wake_ns));
    result_is(0, 256 * PAGE_WORDS);
}

static void one_page_that_is_left_is_rewritten(void **state)
{
    (void)state;
    order_and_lose(1, 1);
    assert_true(run_until(now + SECOND));
    dirty_stop();
    run_to_the_end();
    result_is(0, 255 * PAGE_WORDS);
}

/* As after a migration that sent a page too early. */
static void an_old_page_is_found(void **state)
{
    static uint64_t page[PAGE_WORDS];

    (void)state;
    start(1, 1, 0);
    run_while_busy();
    memcpy(page, fake_spare_page(8), PAGE_SIZE);
    assert_true(run_until(now + SECOND / 2));
    memcpy(fake_spare_page(8), page, PAGE_SIZE);
    dirty_resumed();
    run_while_busy();
    result_is(0, PAGE_WORDS);
}

static void a_page_of_an_earlier_order_is_found(void **state)
{
    static uint64_t page[PAGE_WORDS];

    (void)state;
    start(1, 0, 0);
    run_while_busy();
    memcpy(page, fake_spare_page(8), PAGE_SIZE);
    start(1, 0, 0);
    run_while_busy();
    memcpy(fake_spare_page(8), page, PAGE_SIZE);
    dirty_stop();
    run_to_the_end();
    result_is(0, PAGE_WORDS);
}

static void a_stop_verifies_all_and_ends(void **state)
{
    uint64_t wake_ns, shown;

    (void)state;
    start(3, 5, 0);
    run_while_busy();
    assert_true(run_until(now + SECOND + MS));
    flip(400, 9);
    dirty_stop();
    shown = fake_arch.shown_count;
    run_to_the_end();
    assert_int_equal(fake_arch.shown_count - shown, SPARE_PAGES);
    result_is(5, 1);
    assert_false(slice(&wake_ns));
}

static void a_stop_during_the_fill_verifies_the_filled_pages(void **state)
{
    uint64_t wake_ns;

    (void)state;
    start(3, 5, 7);
    assert_true(slice(&wake_ns));
    assert_true(slice(&wake_ns));
    dirty_stop();
    run_to_the_end();
    assert_int_equal(fake_arch.shown_count, 4 * ARCH_WINDOW_PAGES);
    result_is(0, 0);
}

static void after_the_end_there_is_no_wake_up(void **state)
{
    uint64_t wake_ns, shown;

    (void)state;
    start(1, 0, 1);
    run_to_the_end();
    shown = fake_arch.shown_count;
    dirty_resumed();
    assert_false(slice(&wake_ns));
    dirty_stop();
    assert_false(slice(&wake_ns));
    assert_true(wake_ns == TIME_NEVER);
    assert_int_equal(fake_arch.shown_count, shown);
}

static void a_new_order_counts_anew(void **state)
{
    (void)state;
    start(1, 9, 1);
    run_while_busy();
    flip(0, 0);
    run_to_the_end();
    result_is(9, 1);
    start(2, 2, 1);
    result_is(0, 0);
    run_to_the_end();
    result_is(2, 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_largest_order_is_whole_mebibytes),
        TEST(only_the_ordered_memory_is_filled),
        TEST(nothing_is_touched_before_the_first_slice),
        TEST(without_a_rate_memory_is_filled_once),
        TEST(the_time_begins_when_all_is_filled),
        TEST(the_rate_is_kept),
        TEST(dirty_sleeps_in_between),
        TEST(work_that_the_cpu_cannot_do_is_left_out),
        TEST(a_pause_becomes_no_burst),
        TEST(a_wrong_word_is_found_on_the_way),
        TEST(every_word_counts),
        TEST(other_pages_are_not_verified),
        TEST(after_a_resume_all_is_verified_first),
        TEST(a_resume_during_the_fill_verifies_the_filled_pages),
        TEST(a_resume_at_the_end_verifies_all),
        TEST(exchanged_pages_are_found),
        TEST(pages_that_are_lost_are_wrong),
        TEST(all_pages_that_are_lost_are_wrong),
        TEST(one_page_that_is_left_is_rewritten),
        TEST(an_old_page_is_found),
        TEST(a_page_of_an_earlier_order_is_found),
        TEST(a_stop_verifies_all_and_ends),
        TEST(a_stop_during_the_fill_verifies_the_filled_pages),
        TEST(after_the_end_there_is_no_wake_up),
        TEST(a_new_order_counts_anew),
    };

    return cmocka_run_group_tests_name("dirty", tests, NULL, NULL);
}
