/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/disk_lines: each line is what printf writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "arch/arch.h"
#include "kernel/disk_lines.h"
#include "lib/macros.h"

/* Fill, and compare with what a tester would print. Nothing else is written. */
static void assert_filled(uint32_t seed, uint64_t offset, size_t size)
{
    char lines[PAGE_SIZE + DISK_LINE_SIZE] __attribute__((aligned(8)));
    char line[DISK_LINE_SIZE + 1], rest[DISK_LINE_SIZE];

    assert_true(size <= PAGE_SIZE);
    memset(lines, '#', sizeof(lines));
    memset(rest, '#', sizeof(rest));
    disk_lines_fill(seed, offset, lines, size);
    for (size_t at = 0; at < size; at += DISK_LINE_SIZE) {
        snprintf(line, sizeof(line), "%08x %022llu\n", seed,
                 (unsigned long long)(offset + at));
        assert_memory_equal(&lines[at], line, DISK_LINE_SIZE);
    }
    assert_memory_equal(&lines[size], rest, sizeof(rest));
}

static void lines_are_what_printf_writes(void **state)
{
    static const uint64_t offsets[] = {0, 32, 960, 99968, 999999968};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(offsets); i++)
        assert_filled(0xdeadbeef, offsets[i], PAGE_SIZE);
}

/* After 20000 bytes the last four digits are the same again. */
static void any_line_can_be_the_first(void **state)
{
    (void)state;
    for (uint64_t offset = 0; offset < 20000; offset += DISK_LINE_SIZE) {
        assert_filled(1, offset, PAGE_SIZE);
        assert_filled(2, offset + 7000000, DISK_LINE_SIZE);
    }
}

static void pieces_have_any_size(void **state)
{
    uint64_t offset = 99900000;

    (void)state;
    for (size_t lines = 0; lines <= PAGE_SIZE / DISK_LINE_SIZE; lines++) {
        for (unsigned int i = 0; i < 5; i++) {
            assert_filled(3, offset, lines * DISK_LINE_SIZE);
            offset += lines * DISK_LINE_SIZE;
        }
    }
    assert_true(offset > 100000000);
}

/* The carry is within a page, and between two. */
static void each_digit_carries(void **state)
{
    uint64_t power = 10000;

    (void)state;
    for (unsigned int zeroes = 4; zeroes <= 19; zeroes++, power *= 10) {
        for (uint64_t n = 1; n <= 9 && n <= UINT64_MAX / power; n++) {
            const uint64_t offset = power * n / DISK_LINE_SIZE * DISK_LINE_SIZE;

            assert_filled(4, offset - PAGE_SIZE, PAGE_SIZE);
            assert_filled(4, offset, PAGE_SIZE);
            assert_filled(4, offset - PAGE_SIZE / 2, PAGE_SIZE);
        }
    }
}

static void nothing_depends_on_what_was_made_before(void **state)
{
    (void)state;
    assert_filled(5, 0, 512);
    assert_filled(6, 512, 512);
    assert_filled(6, 512, 512);
    assert_filled(6, 0, 512);
    assert_filled(0, 0, 512);
    assert_filled(0, 0 - PAGE_SIZE, PAGE_SIZE);
    assert_filled(0, 0, 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_what_printf_writes),
        cmocka_unit_test(any_line_can_be_the_first),
        cmocka_unit_test(pieces_have_any_size),
        cmocka_unit_test(each_digit_carries),
        cmocka_unit_test(nothing_depends_on_what_was_made_before),
    };

    return cmocka_run_group_tests_name("disk_lines", tests, NULL, NULL);
}
