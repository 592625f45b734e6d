/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/text: pieces of text that may lack a NUL or hold one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/macros.h"
#include "lib/text.h"

static void text_of_leaves_the_nul_out(void **state)
{
    (void)state;
    assert_int_equal(text_of("abc").size, 3);
    assert_int_equal(text_of("").size, 0);
}

static void text_macro_counts_nul_bytes_inside(void **state)
{
    (void)state;
    assert_int_equal(TEXT("a\0b").size, 3);
}

static void numbers_are_decimal(void **state)
{
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {10, "10"},
        {4294967295, "4294967295"},
        {UINT64_MAX, "18446744073709551615"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        char buffer[TEXT_NUMBER_SIZE];

        assert_true(
            text_is(text_of_number(buffer, rows[i].number), rows[i].text));
    }
}

static void numbers_have_both_ends(void **state)
{
    static const struct {
        unsigned int base;
        const char *text;
        uint64_t number;
    } good[] = {
        {10, "0", 0},
        {10, "0012", 12},
        {10, "18446744073709551609", 18446744073709551609U},
        {10, "18446744073709551615", UINT64_MAX},
        {16, "0", 0},
        {16, "fF", 255},
        {16, "0ffffffffffffffff", UINT64_MAX},
        {2, "101", 5},
    };
    static const struct {
        unsigned int base;
        const char *text;
    } bad[] = {
        {10, ""},
        {10, "a"},
        {10, "1 "},
        {10, "-1"},
        {10, "18446744073709551616"},
        {10, "99999999999999999999"},
        {16, ""},
        {16, "g"},
        {16, "`"},
        {16, "@"},
        {16, ":"},
        {16, "/"},
        {16, "10000000000000000"},
        {2, "2"},
    };
    uint64_t number;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(good); i++) {
        assert_true(
            text_number_in(text_of(good[i].text), good[i].base, &number));
        assert_true(number == good[i].number);
    }
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
        assert_false(
            text_number_in(text_of(bad[i].text), bad[i].base, &number));
    assert_true(text_number(TEXT("18446744073709551615"), &number));
    assert_true(number == UINT64_MAX);
    assert_false(text_number(TEXT("18446744073709551616"), &number));
    assert_false(text_number(TEXT("f"), &number));
}

static void equal_texts_have_the_same_bytes(void **state)
{
    (void)state;
    assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_false(text_equal(TEXT("ab"), TEXT("abc")));
    assert_false(text_equal(TEXT("abc"), TEXT("ab")));
}

static void an_empty_text_needs_no_address(void **state)
{
    struct text nothing = {NULL, 0};

    (void)state;
    assert_true(text_equal(nothing, TEXT("")));
    assert_true(text_equal(nothing, nothing));
    assert_true(text_is(nothing, ""));
    assert_true(text_is_utf8(nothing));
    assert_int_equal(text_character_size(nothing), 0);
}

static void text_is_compares_to_the_last_byte(void **state)
{
    (void)state;
    assert_true(text_is(TEXT("abc"), "abc"));
    assert_false(text_is(TEXT("abc\0"), "abc"));
    assert_false(text_is(TEXT("ab"), "abc"));
    assert_false(text_is(TEXT("abcd"), "abc"));
}

static void a_text_starts_with_each_of_its_beginnings(void **state)
{
    const struct text nothing = {NULL, 0};

    (void)state;
    assert_true(text_starts_with(TEXT("abc"), ""));
    assert_true(text_starts_with(TEXT("abc"), "ab"));
    assert_true(text_starts_with(TEXT("abc"), "abc"));
    assert_true(text_starts_with(TEXT("ab\0c"), "ab"));
    assert_false(text_starts_with(TEXT("abc"), "abcd"));
    assert_false(text_starts_with(TEXT("abc"), "b"));
    assert_false(text_starts_with(TEXT("abc"), "aB"));
    assert_false(text_starts_with(nothing, "a"));
}

static void utf8_of_every_length_is_accepted(void **state)
{
    const struct text texts[] = {
        TEXT("\0"),
        TEXT("\x7f"),
        TEXT("\xc2\x80"),
        TEXT("\xdf\xbf"),
        TEXT("\xe0\xa0\x80"),
        TEXT("\xed\x9f\xbf"),
        TEXT("\xee\x80\x80"),
        TEXT("\xef\xbf\xbf"),
        TEXT("\xe1\x80\xbf"),
        TEXT("\xf0\x90\x80\x80"),
        TEXT("\xf1\xbf\x80\xbf"),
        TEXT("\xf4\x8f\xbf\xbf"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_true(text_is_utf8(texts[i]));
        assert_int_equal(text_character_size(texts[i]), texts[i].size);
    }
    assert_true(text_is_utf8(TEXT("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z")));
}

static void other_bytes_are_refused(void **state)
{
    const struct text texts[] = {
        TEXT("\x80"),             /* a middle byte */
        TEXT("\xbf"),             /* a middle byte */
        TEXT("\xc0\x80"),         /* overlong */
        TEXT("\xc1\xbf"),         /* overlong */
        TEXT("\xe0\x9f\xbf"),     /* overlong */
        TEXT("\xf0\x8f\xbf\xbf"), /* overlong */
        TEXT("\xed\xa0\x80"),     /* surrogate */
        TEXT("\xed\xbf\xbf"),     /* surrogate */
        TEXT("\xf4\x90\x80\x80"), /* above U+10FFFF */
        TEXT("\xf5\x80\x80\x80"), /* above U+10FFFF */
        TEXT("\xff"),             /* never valid */
        TEXT("\xc3"),             /* cut */
        TEXT("\xe2\x82"),         /* cut */
        TEXT("\xf0\x9f\x98"),     /* cut */
        TEXT("\xc3z"),            /* interrupted */
        TEXT("\xe2\x82z"),        /* interrupted */
        TEXT("\xf0\x9f\x98z"),    /* interrupted */
        TEXT("\xc2\xc0"),         /* two first bytes */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_false(text_is_utf8(texts[i]));
        assert_int_equal(text_character_size(texts[i]), 0);
    }
}

static void utf8_is_checked_to_the_end(void **state)
{
    (void)state;
    assert_false(text_is_utf8(TEXT("good\xff")));
    assert_false(text_is_utf8(TEXT("good\0\xc3")));
}

/* Three bytes are a character if and only if arithmetic finds a
 * valid number. */
static void every_three_bytes_are_judged_by_their_number(void **state)
{
    (void)state;
    for (unsigned int n = 0; n < 0x10000; n++) {
        const char bytes[] = {(char)(0xe0 | n >> 12),
                              (char)(0x80 | (n >> 6 & 0x3f)),
                              (char)(0x80 | (n & 0x3f))};
        bool good = n >= 0x800 && (n < 0xd800 || n > 0xdfff);

        assert_int_equal(text_is_utf8((struct text){bytes, 3}), good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_of_leaves_the_nul_out),
        cmocka_unit_test(text_macro_counts_nul_bytes_inside),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(numbers_have_both_ends),
        cmocka_unit_test(equal_texts_have_the_same_bytes),
        cmocka_unit_test(an_empty_text_needs_no_address),
        cmocka_unit_test(text_is_compares_to_the_last_byte),
        cmocka_unit_test(a_text_starts_with_each_of_its_beginnings),
        cmocka_unit_test(utf8_of_every_length_is_accepted),
        cmocka_unit_test(other_bytes_are_refused),
        cmocka_unit_test(utf8_is_checked_to_the_end),
        cmocka_unit_test(every_three_bytes_are_judged_by_their_number),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
