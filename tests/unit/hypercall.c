/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/hypercall: what Xen gets, what the answer says, and slices.
 */
#include <stdio.h>

#include "kernel/batch.h"
#include "kernel/hypercall.h"
#include "tests/unit/xenstore.h"

#define NOW 1234

/* --- Xen -------------------------------------------------------------------*/

static unsigned long number;
static uint64_t args[ARCH_HYPERCALL_ARGS];
static unsigned char page[PAGE_SIZE]; /* as the last hypercall found it */
static long results[40];

static long take(unsigned long its_number, const uint64_t *its_args)
{
    number = its_number;
    memcpy(args, its_args, sizeof(args));
    memcpy(page, batch_value, sizeof(page));
    memset(batch_value, 0x11 * (int)fake_arch.hypercall_count,
           sizeof(batch_value));
    return results[(fake_arch.hypercall_count - 1) % ARRAY_COUNT(results)];
}

/* --- orders ----------------------------------------------------------------*/

static struct program program;

static struct span add(const char *text)
{
    const struct span span = {(uint16_t)program.used, (uint16_t)strlen(text)};

    memcpy(&program.texts[span.at], text, span.size);
    program.used += span.size;
    return span;
}

/* Afterwards nothing of the command is there. */
static void order(const char *args_text, const char *page_text, uint32_t tries)
{
    program = (struct program){.count = 1};
    program.steps[0] = (struct command){
        .action = ACTION_HYPERCALL,
        .number = 4294967295,
        .args = add(args_text),
        .page = add(page_text),
        .tries = tries,
    };
    fake_arch.hypercall = take;
    fake_arch.hypercall_count = 0;
    memset(results, 0, sizeof(results));
    memset(batch_value, 0xff, sizeof(batch_value));
    hypercall_start(&program, &program.steps[0]);
    memset(&program, 0xaa, sizeof(program));
    assert_int_equal(fake_arch.hypercall_count, 0);
}

static struct outcome outcome;

static bool run(void)
{
    uint64_t wake_ns = 0;
    bool more;

    outcome = (struct outcome){.error = NULL};
    more = hypercall_run(NOW, &wake_ns, &outcome);
    if (more)
        assert_int_equal(wake_ns, NOW);
    assert_null(outcome.error);
    assert_int_equal(outcome.detail != NULL, !more);
    return more;
}

static uint64_t page_word(size_t at)
{
    uint64_t word;

    memcpy(&word, &page[at * sizeof(word)], sizeof(word));
    return word;
}

/* --- tests -----------------------------------------------------------------*/

static void xen_gets_the_number_and_the_arguments(void **state)
{
    const uintptr_t at = (uintptr_t)batch_value;

    (void)state;
    order("18446744073709551615 page 0x7ff0 page+4095 3", "", 1);
    assert_false(run());
    assert_int_equal(fake_arch.hypercall_count, 1);
    assert_int_equal(number, 4294967295);
    assert_true(args[0] == UINT64_MAX && args[1] == at && args[2] == 0x7ff0);
    assert_true(args[3] == at + 4095 && args[4] == 3);
    assert_int_equal(at % PAGE_SIZE, 0);
}

static void what_is_missing_is_0(void **state)
{
    (void)state;
    order("1 2 3 4 5", "1 2 3", 1);
    assert_false(run());
    order("7", "", 1);
    assert_false(run());
    assert_int_equal(args[0], 7);
    for (size_t i = 1; i < ARCH_HYPERCALL_ARGS; i++)
        assert_int_equal(args[i], 0);
    for (size_t i = 0; i < sizeof(page); i++)
        assert_int_equal(page[i], 0);
}

static void the_page_begins_as_ordered(void **state)
{
    static const unsigned char first[8] = {8, 7, 6, 5, 4, 3, 2, 1};

    (void)state;
    order("page",
          "0x0102030405060708 page+8 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 "
          "18 19 20 21 22 23 24 25 26 27 28 29 30 18446744073709551615",
          1);
    assert_false(run());
    assert_memory_equal(page, first, sizeof(first));
    assert_int_equal(page_word(1), (uintptr_t)batch_value + 8);
    for (size_t i = 2; i < 31; i++)
        assert_int_equal(page_word(i), i);
    assert_true(page_word(31) == UINT64_MAX);
    for (size_t i = 32 * sizeof(uint64_t); i < sizeof(page); i++)
        assert_int_equal(page[i], 0);
}

static void the_page_is_the_same_before_each_call(void **state)
{
    bool more;

    (void)state;
    order("page", "0 0x55", 40);
    do {
        memset(batch_value, 0x77, sizeof(batch_value)); /* others use it */
        more = run();
        assert_int_equal(page_word(0), 0);
        assert_int_equal(page_word(1), 0x55);
        assert_int_equal(page_word(2), 0);
    } while (more);
    assert_int_equal(fake_arch.hypercall_count, 40);
}

static void it_tells_the_last_result_and_the_page(void **state)
{
    (void)state;
    order("", "1", 3);
    results[0] = -1;
    results[2] = -38;
    assert_false(run());
    assert_string_equal(outcome.detail,
                        "\"returned\": -38, \"page\": "
                        "[\"0x3333333333333333\", \"0x3333333333333333\", "
                        "\"0x3333333333333333\", \"0x3333333333333333\"], "
                        "\"tried\": 3, \"refused\": 2");
    order("", "", 0); /* 0: not told */
    results[0] = 262161;
    assert_false(run());
    assert_int_equal(fake_arch.hypercall_count, 1);
    assert_non_null(strstr(outcome.detail, "\"returned\": 262161, "));
    assert_non_null(strstr(outcome.detail, "\"tried\": 1, \"refused\": 0"));
}

static long refuse(unsigned long its_number, const uint64_t *its_args)
{
    (void)its_number;
    (void)its_args;
    memset(batch_value, 0xff, sizeof(batch_value));
    return INT64_MIN;
}

static void the_largest_answer_is_whole(void **state)
{
    (void)state;
    order("", "", COMMAND_TRIES_MAX);
    fake_arch.hypercall = refuse;
    while (run()) {
    }
    assert_int_equal(fake_arch.hypercall_count, COMMAND_TRIES_MAX);
    assert_string_equal(outcome.detail,
                        "\"returned\": -9223372036854775808, \"page\": "
                        "[\"0xffffffffffffffff\", \"0xffffffffffffffff\", "
                        "\"0xffffffffffffffff\", \"0xffffffffffffffff\"], "
                        "\"tried\": 1000000, \"refused\": 1000000");
}

static void a_slice_is_short(void **state)
{
    (void)state;
    order("", "", 33);
    assert_true(run());
    assert_int_equal(fake_arch.hypercall_count, 16);
    assert_true(run());
    assert_int_equal(fake_arch.hypercall_count, 32);
    assert_false(run());
    assert_int_equal(fake_arch.hypercall_count, 33);
    order("", "", 16);
    assert_false(run());
    assert_int_equal(fake_arch.hypercall_count, 16);
}

static void it_stops_with_what_it_has(void **state)
{
    (void)state;
    order("", "", 1000);
    results[15] = -14;
    assert_true(run());
    memset(batch_value, 0, sizeof(batch_value)); /* others use it */
    hypercall_stop();
    assert_false(run());
    assert_int_equal(fake_arch.hypercall_count, 16);
    assert_string_equal(outcome.detail,
                        "\"returned\": -14, \"page\": "
                        "[\"0x1010101010101010\", \"0x1010101010101010\", "
                        "\"0x1010101010101010\", \"0x1010101010101010\"], "
                        "\"tried\": 16, \"refused\": 1");
}

static void it_stops_before_the_first_call(void **state)
{
    (void)state;
    order("", "1", 1000);
    hypercall_stop();
    assert_false(run());
    assert_int_equal(fake_arch.hypercall_count, 0);
    assert_string_equal(outcome.detail,
                        "\"returned\": 0, \"page\": [\"0x0\", \"0x0\", "
                        "\"0x0\", \"0x0\"], \"tried\": 0, \"refused\": 0");
}

static void another_order_takes_its_place(void **state)
{
    (void)state;
    order("9 9 9 9 9", "9 9 9", 1000);
    results[3] = -1;
    assert_true(run());
    order("1", "2", 1);
    assert_false(run());
    assert_int_equal(args[0], 1);
    assert_int_equal(args[1], 0);
    assert_int_equal(page_word(0), 2);
    assert_int_equal(page_word(1), 0);
    assert_non_null(strstr(outcome.detail, "\"tried\": 1, \"refused\": 0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(xen_gets_the_number_and_the_arguments),
        TEST(what_is_missing_is_0),
        TEST(the_page_begins_as_ordered),
        TEST(the_page_is_the_same_before_each_call),
        TEST(it_tells_the_last_result_and_the_page),
        TEST(the_largest_answer_is_whole),
        TEST(a_slice_is_short),
        TEST(it_stops_with_what_it_has),
        TEST(it_stops_before_the_first_call),
        TEST(another_order_takes_its_place),
    };

    return cmocka_run_group_tests_name("hypercall", tests, NULL, NULL);
}
