/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/operands: numbers and addresses, and how many there are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decide/operands.h"
#include "lib/macros.h"

#define PAGE_AT 0x7000
#define UNREAD  0xaaaaaaaaaaaaaaaa

static uint64_t values[OPERANDS_PAGE_MAX + 1];
static char why[300];

/* A copy on the heap, so that the sanitizer finds overruns. */
static bool read_as(const char *string, unsigned int max)
{
    const size_t size = strlen(string);
    char *copy = malloc(size);
    struct writer writer;
    bool is_good;

    memcpy(copy, string, size);
    memset(values, 0xaa, sizeof(values));
    writer_start(&writer, why, sizeof(why));
    is_good =
        operands_read((struct text){copy, size}, PAGE_AT, values, max, &writer);
    assert_int_equal(is_good, why[0] == '\0');
    free(copy);
    return is_good;
}

static void an_operand_is_a_number_or_in_the_page(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } rows[] = {
        {"0", 0},
        {"12", 12},
        {"007", 7},
        {"4294967296", 4294967296},
        {"18446744073709551615", UINT64_MAX},
        {"0x0", 0},
        {"0x7ff0", 0x7ff0},
        {"0xAbCdEf", 0xabcdef},
        {"0xffffffffffffffff", UINT64_MAX},
        {"0x00000000000000000001", 1},
        {"page", PAGE_AT},
        {"page+0", PAGE_AT},
        {"page+40", PAGE_AT + 40},
        {"page+0x28", PAGE_AT + 0x28},
        {"page+4095", PAGE_AT + 4095},
        {"page+0xfff", PAGE_AT + 0xfff},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        assert_true(read_as(rows[i].text, 1));
        assert_true(values[0] == rows[i].value);
        assert_true(values[1] == UNREAD);
    }
}

static void everything_else_is_none(void **state)
{
    static const char *const texts[] = {
        "-1",
        "+1",
        "1.0",
        "1e3",
        "a",
        "ff",
        "12a",
        "0x",
        "0X1",
        "0xg",
        "0x 1",
        "x1",
        "00x1",
        "18446744073709551616",
        "18446744073709551620",
        "99999999999999999999",
        "0x10000000000000000",
        "pag",
        "pages",
        "Page",
        "page1",
        "page-1",
        "page+",
        "page+ 1",
        "page+4096",
        "page+0x1000",
        "page+18446744073709551615",
        "page+page",
        "page++1",
        "1\t2",
        "1\n",
        "1,2",
        "\xc3\xa4",
        "`",
        "@",
        ":",
        "/",
        "0x`",
        "0x@",
        "0x:",
        "0x/",
        "0xG",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (read_as(texts[i], 1))
            fail_msg("accepted: \"%s\"", texts[i]);
    }
}

static void one_space_is_between_two_of_them(void **state)
{
    static const char *const texts[] = {" ", " 1", "1 ", "1  2", "1 2 ", "  "};

    (void)state;
    assert_true(read_as("1 page 0x3", 5));
    assert_true(values[0] == 1 && values[1] == PAGE_AT && values[2] == 3);
    assert_true(values[3] == UNREAD);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_false(read_as(texts[i], 5));
        assert_string_equal(why, "this is no operand: \"\"");
    }
}

static void there_may_be_none(void **state)
{
    (void)state;
    assert_true(read_as("", 5));
    assert_true(values[0] == UNREAD);
}

/* A text of this many operands: the number of each is its place. */
static const char *many(unsigned int count)
{
    static char text[200];
    size_t size = 0;

    for (unsigned int i = 0; i < count; i++)
        size += format(text + size, sizeof(text) - size, "%s%u",
                       i == 0 ? "" : " ", i);
    return text;
}

static void their_number_is_limited(void **state)
{
    static const unsigned int limits[] = {OPERANDS_ARGS_MAX, OPERANDS_PAGE_MAX};
    char error[60];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
        assert_true(read_as(many(limits[i]), limits[i]));
        for (unsigned int at = 0; at < limits[i]; at++)
            assert_true(values[at] == at);
        assert_true(values[limits[i]] == UNREAD);
        assert_false(read_as(many(limits[i] + 1), limits[i]));
        format(error, sizeof(error), "there are more than %u operands",
               limits[i]);
        assert_string_equal(why, error);
        assert_true(values[limits[i]] == UNREAD);
    }
    assert_false(read_as("1 2 3 4 5 ", 5));
    assert_string_equal(why, "there are more than 5 operands");
}

static void the_first_one_that_is_wrong_is_shown(void **state)
{
    (void)state;
    assert_false(read_as("1 0xg page+4096", 5));
    assert_string_equal(why, "this is no operand: \"0xg\"");
    assert_false(read_as("1 \x01", 5));
    assert_string_equal(why, "this is no operand: \"\\u0001\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operand_is_a_number_or_in_the_page),
        cmocka_unit_test(everything_else_is_none),
        cmocka_unit_test(one_space_is_between_two_of_them),
        cmocka_unit_test(there_may_be_none),
        cmocka_unit_test(their_number_is_limited),
        cmocka_unit_test(the_first_one_that_is_wrong_is_shown),
    };

    return cmocka_run_group_tests_name("operands", tests, NULL, NULL);
}
