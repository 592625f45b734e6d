/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/options: words on the command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/options.h"
#include "lib/macros.h"
#include "tests/fake/arch.h"
#include "tests/fake/log.h"

static int set_up(void **state)
{
    (void)state;
    fake_arch_start();
    fake_log_start();
    options = (struct options){.self_test = false};
    return 0;
}

static void an_empty_line_sets_no_option(void **state)
{
    (void)state;
    options_read("");
    options_read("   ");
    assert_false(options.self_test);
    assert_int_equal(fake_log_count(), 0);
}

static void a_word_is_understood_at_any_place(void **state)
{
    static const char *const lines[] = {"self-test", "  self-test  ",
                                        "other self-test", "self-test other",
                                        "self-test self-test"};

    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        set_up(state);
        options_read(lines[i]);
        assert_true(options.self_test);
    }
}

static void each_word_sets_its_own_option(void **state)
{
    (void)state;
    options_read("suspend-event-channel");
    assert_true(options.suspend_event_channel);
    assert_false(options.self_test);
    assert_int_equal(fake_log_count(), 0);
}

static void the_value_of_a_word_is_kept(void **state)
{
    (void)state;
    options_read("self-test fault-test=stack  other");
    assert_true(text_is(options.fault_test, "stack"));
    assert_true(options.self_test);
}

static void an_unknown_word_is_logged_once(void **state)
{
    (void)state;
    options_read("self-test other");
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with("options: unknown word \"other\" ignored"),
                     1);
}

static void each_unknown_word_is_logged(void **state)
{
    (void)state;
    options_read("console=hvc0 root=/dev/xvda1");
    assert_int_equal(fake_log_count(), 2);
    assert_int_equal(fake_log_with("\"console=hvc0\""), 1);
    assert_int_equal(fake_log_with("\"root=/dev/xvda1\""), 1);
}

static void almost_a_word_is_not_the_word(void **state)
{
    static const char *const words[] = {
        "self-tes",   "self-tests", "self_test",  "Self-test",
        "self-test=", "-self-test", "self-test\t"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        options_read(words[i]);
    assert_false(options.self_test);
    assert_int_equal(fake_log_count(), ARRAY_COUNT(words));
}

static void everything_behind_testing_is_a_program(void **state)
{
    static const struct {
        const char *line, *testing;
        bool self_test;
    } lines[] = {
        {"testing={}", "{}", false},
        {"testing=", "", false},
        {"testing= {\"a\": \"self-test\"}  ", " {\"a\": \"self-test\"}  ",
         false},
        {"self-test testing=a self-test testing=b", "a self-test testing=b",
         true},
        {"  testing=x", "x", false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        set_up(state);
        options_read(lines[i].line);
        assert_true(text_is(options.testing, lines[i].testing));
        assert_int_equal(options.self_test, lines[i].self_test);
        assert_int_equal(fake_log_count(), 0);
    }
}

static void almost_testing_is_an_unknown_word(void **state)
{
    static const char *const words[] = {"testing", "Testing={}", "xtesting={}",
                                        "-testing={}", "testing:{}"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        options_read(words[i]);
    assert_int_equal(options.testing.size, 0);
    assert_int_equal(fake_log_count(), ARRAY_COUNT(words));
}

static void an_address_is_read(void **state)
{
    (void)state;
    options_read("self-test ip=192.0.2.17");
    assert_true(options.has_ip);
    assert_memory_equal(options.ip, "\xc0\0\x02\x11", 4);
    assert_int_equal(fake_log_count(), 0);
}

static void a_wrong_address_is_an_unknown_word(void **state)
{
    (void)state;
    options_read("ip= ip=here ip ip=1.2.3.4.5 xip=1.2.3.4");
    assert_false(options.has_ip);
    assert_int_equal(fake_log_count(), 5);
}

static void a_long_word_is_cut_in_the_log(void **state)
{
    char line[4096], expected[80];

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    options_read(line);
    memset(expected, 'x', 65);
    memcpy(expected, "\"", 1);
    strcpy(expected + 65, "...\" ignored");
    assert_int_equal(fake_log_with(expected), 1);
}

static void control_characters_do_not_reach_the_log(void **state)
{
    (void)state;
    options_read("\x1b[2J\r\n");
    assert_int_equal(fake_log_count(), 1);
    assert_null(strpbrk(fake_log_last(), "\x1b\r\n"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_line_sets_no_option),
        TEST(a_word_is_understood_at_any_place),
        TEST(each_word_sets_its_own_option),
        TEST(the_value_of_a_word_is_kept),
        TEST(an_unknown_word_is_logged_once),
        TEST(each_unknown_word_is_logged),
        TEST(almost_a_word_is_not_the_word),
        TEST(everything_behind_testing_is_a_program),
        TEST(almost_testing_is_an_unknown_word),
        TEST(an_address_is_read),
        TEST(a_wrong_address_is_an_unknown_word),
        TEST(a_long_word_is_cut_in_the_log),
        TEST(control_characters_do_not_reach_the_log),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
