/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/format: against the C library's snprintf(), and of quoting.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"
#include "lib/macros.h"

/* Formats come from tables here. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

/* format() writes the same as snprintf() for this size and these values. */
#define assert_like_libc(size, ...)                                            \
    do {                                                                       \
        char expected_[256], actual_[256];                                     \
                                                                               \
        memset(expected_, '#', sizeof(expected_));                             \
        memset(actual_, '#', sizeof(actual_));                                 \
        assert_int_equal(format(actual_, size, __VA_ARGS__),                   \
                         snprintf(expected_, size, __VA_ARGS__));              \
        assert_memory_equal(actual_, expected_, sizeof(expected_));            \
    } while (0)

static void plain_text_is_copied(void **state)
{
    (void)state;
    assert_like_libc(256, "no conversion%s", "");
    assert_like_libc(256, "%%");
    assert_like_libc(256, "100%% %s", "sure");
}

static void int_conversions_are_those_of_printf(void **state)
{
    static const char *const formats[] = {
        "%d",   "%u",    "%x",   "%1d", "%12d", "%012d",   "%08x",
        "%20u", "%020d", "%4x|", "%0x", "%0d",  "[%011d]",
    };
    const int values[] = {0,  1,    -1,    9,       -10,   42,      255,
                          -9, 4096, 99999, INT_MAX, -4096, INT_MIN, 0x7abcdef};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(values); j++) {
            assert_like_libc(256, formats[i], values[j]);
        }
    }
}

static void long_conversions_are_those_of_printf(void **state)
{
    static const char *const formats[] = {
        "%ld",  "%lu",  "%lx",  "%24ld",   "%024ld",
        "%lld", "%llu", "%llx", "%024llx", "%016lx",
    };
    const long values[] = {0,       1,       -1,       LONG_MAX, LONG_MIN,
                           INT_MAX, INT_MIN, 1L << 32, 10,       -1000000};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(values); j++) {
            assert_like_libc(256, formats[i], values[j]);
        }
    }
}

static void text_conversions_are_those_of_printf(void **state)
{
    static const char *const formats[] = {
        "%s", "%1s", "%8s", "<%s>", "%100s",
    };
    static const char *const values[] = {"", "a", "abc", "abcdefghijklmnop",
                                         "\xc3\xa4\xc3\xb6"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(values); j++) {
            assert_like_libc(256, formats[i], values[j]);
        }
    }
}

static void character_conversions_are_those_of_printf(void **state)
{
    (void)state;
    assert_like_libc(256, "%c%c%c", 'a', '%', 'c');
    assert_like_libc(256, "%3c|%1c|", 'x', 'y');
    assert_like_libc(256, "a%cb", 0);
    assert_like_libc(256, "%c", 0xe4);
}

static void values_are_taken_in_turn(void **state)
{
    (void)state;
    assert_like_libc(256, "%s: %u of %lu (%llx)%% %c %5d %5s %d", "text", 3U,
                     4UL, 5ULL, '7', 8, "nine", -10);
}

static void output_is_cut_at_every_size_as_by_snprintf(void **state)
{
    (void)state;
    for (size_t size = 0; size < 40; size++) {
        assert_like_libc(size, "%s %6d|%6x|%06ld|%%|%c", "text", -42, 255, 123L,
                         'z');
    }
}

static void a_null_string_does_no_harm(void **state)
{
    const char *volatile nothing = NULL;
    char buffer[16];

    (void)state;
    assert_int_equal(format(buffer, sizeof(buffer), "%s", nothing), 6);
    assert_string_equal(buffer, "(null)");
}

static void after_an_unknown_conversion_the_format_is_copied(void **state)
{
    static const char *const formats[] = {
        "a %q %s", "%5.2f%s", "%hd%s", "%",   "%-05", "%l", "%.5", "%n%s",
        "%#x%s",   "%-5s",    "%.3s",  "%zu", "%p",   "%X", "%i"};
    char buffer[32];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++) {
        assert_int_equal(format(buffer, sizeof(buffer), formats[i], 1),
                         strlen(formats[i]));
        assert_string_equal(buffer, formats[i]);
    }
}

/* "%", perhaps flags and a width, then `end`. */
static void random_format(char *to, const char *end)
{
    int width = rand() % 3 ? rand() % 30 : 0;
    char digits[16] = "";

    if (width > 0) {
        snprintf(digits, sizeof(digits), "%d", width);
    }
    snprintf(to, 64, "<%%%s%s%s>", rand() % 2 ? "0" : "", digits, end);
}

static void random_formats_are_those_of_printf(void **state)
{
    static const char *const small[] = {"d", "u", "x"};
    static const char *const large[] = {"ld", "lu", "lx", "lld", "llu", "llx"};
    const char *given = getenv("SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : 1;
    char string[32], chosen[64];

    (void)state;
    srand(seed);
    print_message("# SEED=%u\n", seed);
    for (int i = 0; i < 5000; i++) {
        size_t size = rand() % 4 ? 256 : (size_t)rand() % 40;
        long value = (long)((unsigned long)rand() << 33 ^
                            (unsigned long)rand() << 11 ^ (unsigned long)i);

        value >>= rand() % 64;
        random_format(chosen, small[rand() % 3]);
        assert_like_libc(size, chosen, (int)value);
        random_format(chosen, large[rand() % 6]);
        assert_like_libc(size, chosen, value);
        snprintf(string, sizeof(string), "%lx", value);
        snprintf(chosen, sizeof(chosen), "<%%%ds>", 1 + rand() % 30);
        assert_like_libc(size, chosen, string);
    }
}

static void a_writer_appends(void **state)
{
    struct writer writer;
    char buffer[32];

    (void)state;
    writer_start(&writer, buffer, sizeof(buffer));
    assert_string_equal(buffer, "");
    write_char(&writer, 'a');
    write_string(&writer, "bc");
    write_text(&writer, TEXT("d\0e"));
    write_format(&writer, "%d", 42);
    assert_int_equal(writer.used, 8);
    assert_false(writer.cut);
    assert_true(text_equal(writer_text(&writer), TEXT("abcd\0e42")));
    assert_int_equal(buffer[8], '\0');
}

static void a_writer_is_full_one_byte_before_the_end(void **state)
{
    struct writer writer;
    char buffer[5] = "####";

    (void)state;
    writer_start(&writer, buffer, 4);
    write_string(&writer, "abc");
    assert_false(writer.cut);
    write_char(&writer, 'd');
    assert_true(writer.cut);
    assert_string_equal(buffer, "abc");
    assert_int_equal(buffer[4], '\0');
    assert_int_equal(writer.used, 3);
    assert_int_equal(writer.needed, 4);
}

static void a_writer_over_nothing_stores_nothing(void **state)
{
    struct writer writer;

    (void)state;
    writer_start(&writer, NULL, 0);
    assert_false(writer.cut);
    write_format(&writer, "%s", "abc");
    assert_true(writer.cut);
    assert_int_equal(writer_text(&writer).size, 0);
}

static const char *quoted(struct text text, size_t max)
{
    static char buffer[256];
    struct writer writer;

    writer_start(&writer, buffer, sizeof(buffer));
    write_quoted(&writer, text, max);
    return buffer;
}

static void quoting_leaves_harmless_text_alone(void **state)
{
    (void)state;
    assert_string_equal(quoted(TEXT(""), 99), "\"\"");
    assert_string_equal(quoted(TEXT("a b/c'~"), 99), "\"a b/c'~\"");
    assert_string_equal(
        quoted(TEXT("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 99),
        "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_string_equal(quoted((struct text){NULL, 0}, 0), "\"\"");
}

static void quoting_escapes_quotes_and_backslashes(void **state)
{
    (void)state;
    assert_string_equal(quoted(TEXT("\"\\"), 99), "\"\\\"\\\\\"");
}

static void quoting_escapes_control_characters(void **state)
{
    (void)state;
    assert_string_equal(quoted(TEXT("\b\t\n\f\r"), 99), "\"\\b\\t\\n\\f\\r\"");
    assert_string_equal(quoted(TEXT("\0\x01\x0b\x1b\x1f\x7f"), 99),
                        "\"\\u0000\\u0001\\u000b\\u001b\\u001f\\u007f\"");
    /* U+0080 to U+009F; U+009B begins a command to a terminal */
    assert_string_equal(quoted(TEXT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), 99),
                        "\"\\u0080\\u009b\\u009f\xc2\xa0\"");
}

static void quoting_replaces_each_byte_that_is_not_utf8(void **state)
{
    (void)state;
    assert_string_equal(quoted(TEXT("a\xff\xe2\x82z"), 99),
                        "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
    assert_string_equal(quoted(TEXT("\xc3"), 99), "\"\xef\xbf\xbd\"");
}

static void quoting_stops_after_max_bytes(void **state)
{
    (void)state;
    assert_string_equal(quoted(TEXT("abc"), 3), "\"abc\"");
    assert_string_equal(quoted(TEXT("abcd"), 3), "\"abc...\"");
    assert_string_equal(quoted(TEXT("abcd"), 0), "\"...\"");
    assert_string_equal(quoted(TEXT("ab\xff"), 2), "\"ab...\"");
}

static void quoting_stops_after_a_whole_character(void **state)
{
    const struct text text = TEXT("a\xe2\x82\xac");

    (void)state;
    assert_string_equal(quoted(text, 1), "\"a...\"");
    assert_string_equal(quoted(text, 2), "\"a...\"");
    assert_string_equal(quoted(text, 3), "\"a...\"");
    assert_string_equal(quoted(text, 4), "\"a\xe2\x82\xac\"");
}

static void quoting_counts_bytes_as_they_are_written(void **state)
{
    (void)state;
    assert_string_equal(quoted(TEXT("\x7f\x7f"), 12), "\"\\u007f\\u007f\"");
    assert_string_equal(quoted(TEXT("\x7f\x7f"), 11), "\"\\u007f...\"");
    assert_string_equal(quoted(TEXT("\x7f"), 5), "\"...\"");
    assert_string_equal(quoted(TEXT("a\"b"), 3), "\"a\\\"...\"");
    assert_string_equal(quoted(TEXT("a\"b"), 2), "\"a...\"");
    assert_string_equal(quoted(TEXT("a\xff"), 4), "\"a\xef\xbf\xbd\"");
    assert_string_equal(quoted(TEXT("a\xff"), 3), "\"a...\"");
}

static void quoted_text_has_a_largest_size(void **state)
{
    char bytes[64];
    const struct text text = {bytes, sizeof(bytes)};

    (void)state;
    for (unsigned int code = 0; code < 256; code++) {
        memset(bytes, (int)code, sizeof(bytes));
        for (size_t max = 0; max < sizeof(bytes); max++) {
            const char *shown = quoted(text, max);

            assert_in_range(strlen(shown), 5, QUOTED_SIZE(max));
            assert_int_equal(shown[0], '"');
            assert_string_equal(shown + strlen(shown) - 4, "...\"");
        }
        assert_in_range(strlen(quoted((struct text){bytes, 1}, SIZE_MAX)), 3,
                        2 + QUOTED_BYTE_MAX);
    }
}

static void quoting_never_overruns(void **state)
{
    const struct text text = TEXT("\"\n\x01\xff\xc3\xa4"
                                  "abc");

    (void)state;
    for (size_t size = 0; size < 32; size++) {
        char *buffer = malloc(size ? size : 1);
        struct writer writer;

        assert_non_null(buffer);
        writer_start(&writer, buffer, size);
        write_quoted(&writer, text, 8);
        assert_int_equal(writer.cut, writer.needed >= size);
        free(buffer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_copied),
        cmocka_unit_test(int_conversions_are_those_of_printf),
        cmocka_unit_test(long_conversions_are_those_of_printf),
        cmocka_unit_test(text_conversions_are_those_of_printf),
        cmocka_unit_test(character_conversions_are_those_of_printf),
        cmocka_unit_test(values_are_taken_in_turn),
        cmocka_unit_test(output_is_cut_at_every_size_as_by_snprintf),
        cmocka_unit_test(a_null_string_does_no_harm),
        cmocka_unit_test(after_an_unknown_conversion_the_format_is_copied),
        cmocka_unit_test(random_formats_are_those_of_printf),
        cmocka_unit_test(a_writer_appends),
        cmocka_unit_test(a_writer_is_full_one_byte_before_the_end),
        cmocka_unit_test(a_writer_over_nothing_stores_nothing),
        cmocka_unit_test(quoting_leaves_harmless_text_alone),
        cmocka_unit_test(quoting_escapes_quotes_and_backslashes),
        cmocka_unit_test(quoting_escapes_control_characters),
        cmocka_unit_test(quoting_replaces_each_byte_that_is_not_utf8),
        cmocka_unit_test(quoting_stops_after_max_bytes),
        cmocka_unit_test(quoting_stops_after_a_whole_character),
        cmocka_unit_test(quoting_counts_bytes_as_they_are_written),
        cmocka_unit_test(quoted_text_has_a_largest_size),
        cmocka_unit_test(quoting_never_overruns),
    };

    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
