/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/log: one fact a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/log.h"

static char kept[4 * LOG_LINE_MAX];
static unsigned int kept_count;
static uint64_t now_ns;

static void keep(struct text line)
{
    memcpy(kept, line.bytes, line.size);
    kept[line.size] = '\0';
    kept_count++;
}

static uint64_t now(void)
{
    return now_ns;
}

static int set_up(void **state)
{
    (void)state;
    kept_count = 0;
    now_ns = 0;
    log_start(keep, now);
    return 0;
}

/* The first test: the log has not been started. */
static void before_the_start_lines_are_dropped(void **state)
{
    (void)state;
    log_info("test", "nobody hears this");
    log_error("test", "nor this");
    assert_int_equal(kept_count, 0);
}

static void a_line_has_its_time_and_its_module(void **state)
{
    (void)state;
    now_ns += 12345678;
    log_info("xenstore", "connected, port %u", 1);
    assert_string_equal(kept, "[    0.012] xenstore: connected, port 1");
    assert_int_equal(kept_count, 1);
}

static void an_error_says_so(void **state)
{
    (void)state;
    log_error("xenstore", "%s", "lost");
    assert_string_equal(kept, "[    0.000] xenstore: error: lost");
}

static void time_is_told_in_ms(void **state)
{
    (void)state;
    now_ns = 999999;
    log_info("test", "early");
    assert_string_equal(kept, "[    0.000] test: early");
    now_ns = 1000000;
    log_info("test", "next");
    assert_string_equal(kept, "[    0.001] test: next");
    now_ns = 59999000000;
    log_info("test", "late");
    assert_string_equal(kept, "[   59.999] test: late");
}

static void time_goes_on_beyond_its_column(void **state)
{
    (void)state;
    now_ns += 1234567001000000;
    log_info("test", "x");
    assert_string_equal(kept, "[1234567.001] test: x");
}

static void a_format_without_values_is_text(void **state)
{
    (void)state;
    log_info("test", "100%%");
    assert_string_equal(kept, "[    0.000] test: 100%");
}

#define HEAD (sizeof("[    0.000] t: ") - 1)

static void a_line_of_full_length_is_whole(void **state)
{
    char text[LOG_LINE_MAX - HEAD + 1] = "";

    (void)state;
    memset(text, 'x', LOG_LINE_MAX - HEAD);
    log_info("t", "%s", text);
    assert_int_equal(strlen(kept), LOG_LINE_MAX);
    assert_memory_equal(kept + HEAD, text, LOG_LINE_MAX - HEAD);
}

static void a_longer_line_ends_in_dots(void **state)
{
    char text[LOG_LINE_MAX - HEAD + 2] = "";

    (void)state;
    memset(text, 'x', LOG_LINE_MAX - HEAD + 1);
    log_info("t", "%s", text);
    assert_int_equal(strlen(kept), LOG_LINE_MAX);
    assert_memory_equal(kept + HEAD, text, LOG_LINE_MAX - HEAD - 3);
    assert_string_equal(kept + LOG_LINE_MAX - 3, "...");
    log_info("t", "short");
    assert_string_equal(kept + HEAD, "short");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_start_lines_are_dropped),
        TEST(a_line_has_its_time_and_its_module),
        TEST(an_error_says_so),
        TEST(time_is_told_in_ms),
        TEST(time_goes_on_beyond_its_column),
        TEST(a_format_without_values_is_text),
        TEST(a_line_of_full_length_is_whole),
        TEST(a_longer_line_ends_in_dots),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
