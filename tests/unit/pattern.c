/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/pattern: memory with known content.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/pattern.h"
#include "tests/fake/pattern.h"

static int set_up(void **state)
{
    (void)state;
    pattern_fill();
    return 0;
}

static void filled_pages_are_right(void **state)
{
    (void)state;
    assert_int_equal(pattern_errors(), 0);
    assert_int_equal(pattern_errors(), 0);
    pattern_fill();
    assert_int_equal(pattern_errors(), 0);
}

/* Whole pages, to find a page that is missing or replaced by another. */
static void the_pattern_covers_whole_pages(void **state)
{
    (void)state;
    assert_int_equal(fake_pattern_count() * sizeof(uint64_t) % 4096, 0);
    assert_true(fake_pattern_count() * sizeof(uint64_t) >= 2 * 4096);
}

static void any_wrong_bit_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < fake_pattern_count(); i++) {
        fake_pattern_flip(i, (uint64_t)1 << i % 64);
        assert_int_equal(pattern_errors(), 1);
        fake_pattern_flip(i, (uint64_t)1 << i % 64);
    }
    assert_int_equal(pattern_errors(), 0);
}

static void each_wrong_word_counts_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < fake_pattern_count(); i++) {
        fake_pattern_flip(i, ~(uint64_t)0);
        assert_int_equal(pattern_errors(), i + 1);
    }
    pattern_fill();
    assert_int_equal(pattern_errors(), 0);
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

/* No word is equal to a word of another place, or of any other fill. */
static void no_two_words_are_equal(void **state)
{
    static uint64_t all[8 * 1024];
    size_t count = 0;

    (void)state;
    for (unsigned int fill = 0; fill < 8; fill++) {
        pattern_fill();
        for (size_t i = 0; i < fake_pattern_count(); i++)
            all[count++] = fake_pattern_word(i);
    }
    assert_true(count <= sizeof(all) / sizeof(all[0]));
    qsort(all, count, sizeof(all[0]), compare);
    for (size_t i = 1; i < count; i++)
        assert_true(all[i] != all[i - 1]);
}

/* The same for pages that others fill, with serial numbers of their own. */
static void serial_numbers_share_no_words(void **state)
{
    static const uint64_t serials[] = {
        0,
        1,
        1UL << 32,
        1UL << 33,
        1UL << 32 | 1,
        7UL << 32 | 5,
        (1UL << 55) - 1,
    };
    static uint64_t all[ARRAY_COUNT(serials) * PATTERN_WORDS];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(serials); i++)
        pattern_write(&all[i * PATTERN_WORDS], serials[i]);
    for (size_t i = 0; i < ARRAY_COUNT(serials); i++) {
        for (size_t k = 0; k < ARRAY_COUNT(serials); k++)
            assert_int_equal(pattern_check(&all[i * PATTERN_WORDS], serials[k]),
                             i == k ? 0 : PATTERN_WORDS);
    }
    qsort(all, ARRAY_COUNT(all), sizeof(all[0]), compare);
    for (size_t i = 1; i < ARRAY_COUNT(all); i++)
        assert_true(all[i] != all[i - 1]);
}

/* Memory of an earlier fill: every word of it is wrong. */
static void an_old_page_is_found(void **state)
{
    uint64_t before[2];

    (void)state;
    before[0] = fake_pattern_word(0);
    before[1] = fake_pattern_word(fake_pattern_count() - 1);
    pattern_fill();
    assert_true(before[0] != fake_pattern_word(0));
    assert_true(before[1] != fake_pattern_word(fake_pattern_count() - 1));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(filled_pages_are_right), TEST(the_pattern_covers_whole_pages),
        TEST(any_wrong_bit_is_found), TEST(each_wrong_word_counts_once),
        TEST(no_two_words_are_equal), TEST(serial_numbers_share_no_words),
        TEST(an_old_page_is_found),
    };

    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
