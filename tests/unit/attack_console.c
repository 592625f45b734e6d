/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/attack_console: the daemon gets bytes and lies, and the
 * console works afterwards.
 */
#include "tests/unit/attack.h"
#include "tests/unit/console.h"

static size_t pieces(void)
{
    settle();
    return fake_console_output_size() / 64;
}

static void assert_works(void)
{
    const size_t before = fake_console_output_size();
    struct text line;

    write_line("hello");
    settle();
    assert_string_equal(fake_console_output() + before, "hello\r\n");
    fake_console_type(TEXT("help\n"));
    settle();
    console_receive();
    assert_true(console_read_line(&line));
    assert_true(text_is(line, "help"));
}

static void bytes_are_all_there_are_without_a_line_end(void **state)
{
    bool seen[256] = {false};

    (void)state;
    order(ATTACK_CONSOLE_BYTES, 16, 1);
    run_to_hold(NOW + NS_PER_S);
    assert_int_equal(pieces(), 16);
    for (size_t i = 0; i < 16 * 64; i++)
        seen[(unsigned char)fake_console_page->out[i]] = true;
    for (int byte = 0; byte < 256; byte++)
        assert_int_equal(seen[byte], byte != '\r' && byte != '\n');
    run_through_at(NOW + NS_PER_S);
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"tried\": 16, \"refused\": 0");
    settle();
    assert_works();
}

static void bytes_wait_for_a_reader(void **state)
{
    (void)state;
    fake_console.appetite = 0;
    order(ATTACK_CONSOLE_BYTES, 100, 0);
    for (unsigned int slices = 0; slices < 4; slices++) {
        assert_true(run(NOW));
        settle();
    }
    assert_int_equal(wake_ns, TIME_NEVER);
    fake_console.appetite = SIZE_MAX;
    fake_wake(FAKE_CONSOLE_PORT);
    settle();
    for (unsigned int slices = 0; run(NOW); slices++) {
        settle();
        assert_true(slices < 10);
    }
    assert_string_equal(outcome.detail, "\"tried\": 100, \"refused\": 0");
    assert_true(pieces() >= 100);
    assert_works();
}

static void indices_lie_and_then_tell_the_truth(void **state)
{
    (void)state;
    fake_console.forgives = true;
    while (fake_next_way(begin)) {
        fake_console.forgives = true;
        order(ATTACK_CONSOLE_LIES, 9, 1);
        run_to_hold(NOW + NS_PER_S);
        assert_true(fake_console_page->out_prod - fake_console_page->out_cons >
                    OUT_SIZE);
        assert_true(fake_console_page->in_prod - fake_console_page->in_cons >
                    IN_SIZE);
        run_through_at(NOW + NS_PER_S);
        assert_string_equal(outcome.detail, "\"tried\": 9, \"refused\": 0");
        fake_console.forgives = false;
        assert_works();
    }
}

static void a_line_during_the_lies_is_whole(void **state)
{
    (void)state;
    fake_console.forgives = true;
    order(ATTACK_CONSOLE_LIES, 1, 1);
    run_to_hold(NOW + NS_PER_S);
    write_line("hello");
    settle();
    assert_string_equal(fake_console_output(), "hello\r\n");
    attack_forget();
    assert_works();
}

static void input_is_not_read_for_some_time(void **state)
{
    struct text line;

    (void)state;
    order(ATTACK_CONSOLE_DEAF, 1, 10);
    run_to_hold(NOW + 10 * NS_PER_S);
    fake_console_type(TEXT("one\n"));
    settle();
    console_receive();
    assert_false(console_read_line(&line));
    attack_renewed();
    console_receive();
    assert_false(console_read_line(&line));
    run_through_at(NOW + 10 * NS_PER_S);
    console_receive();
    assert_true(console_read_line(&line));
    assert_true(text_is(line, "one"));
    assert_works();
}

static void a_console_that_is_off_ends_it(void **state)
{
    (void)state;
    fake_console_page->out_cons += 2 * OUT_SIZE;
    write_line("hello");
    order(ATTACK_CONSOLE_BYTES, 10, 0);
    assert_false(run(NOW));
    assert_string_equal(outcome.error, "the console does not work");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_are_all_there_are_without_a_line_end),
        TEST(bytes_wait_for_a_reader),
        TEST(indices_lie_and_then_tell_the_truth),
        TEST(a_line_during_the_lies_is_whole),
        TEST(input_is_not_read_for_some_time),
        TEST(a_console_that_is_off_ends_it),
    };

    return cmocka_run_group_tests_name("attack_console", tests, NULL, NULL);
}
