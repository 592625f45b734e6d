/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/console: whole lines in, notifications of both sides, and
 * wrong indices.
 */
#include "tests/unit/console.h"

/* --- in ------------------------------------------------------------------ */

static void a_line_ends_at_cr_or_lf_or_both(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        type("one\rtwo\nthree\r\nfour\n\r\n\rfive\r");
        assert_next_line("one");
        assert_next_line("two");
        assert_next_line("three");
        assert_next_line("four");
        assert_next_line("five");
        assert_no_line();
    }
}

static void a_line_may_come_in_pieces(void **state)
{
    (void)state;
    type("he");
    assert_no_line();
    type("llo");
    assert_no_line();
    type("\r");
    assert_next_line("hello");
    type("\nagain\r");
    assert_next_line("again");
}

static void a_line_that_is_too_long_is_cut(void **state)
{
    char line[CONSOLE_INPUT_MAX + 1];

    (void)state;
    memset(line, 'x', CONSOLE_INPUT_MAX);
    line[CONSOLE_INPUT_MAX] = '\0';
    type(line);
    type("\r");
    assert_next_line(line);
    type(line);
    type("this is cut\rnext\r");
    assert_next_line(line);
    assert_next_line("next");
    assert_no_line();
}

static void input_may_be_longer_than_the_ring(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        for (unsigned int i = 0; i < 500; i++) {
            char line[8];

            snprintf(line, sizeof(line), "%u\r", i);
            fake_console_type(text_of(line));
        }
        settle();
        for (unsigned int i = 0; i < 500;) {
            struct text line;
            char expected[8];

            console_receive();
            while (console_read_line(&line)) {
                snprintf(expected, sizeof(expected), "%u", i++);
                assert_int_equal(line.size, strlen(expected));
                assert_memory_equal(line.bytes, expected, line.size);
            }
            assert_int_equal(fake_console_page->in_prod,
                             fake_console_page->in_cons);
            settle();
        }
    }
}

/* Later input causes an event of its own: a daemon that always has more to
 * write must not keep the VM here. */
static void no_more_than_a_ring_is_read_for_one_event(void **state)
{
    struct text line;
    unsigned int lines = 0;

    (void)state;
    type("x\r");
    console_receive();
    while (console_read_line(&line)) {
        assert_in_range(++lines, 1, IN_SIZE / 2);
        type("x\r");
    }
    assert_int_equal(lines, IN_SIZE / 2);
    assert_next_line("x");
    assert_no_line();
}

/* --- who wakes whom ------------------------------------------------------ */

static void a_burst_of_lines_is_one_notification(void **state)
{
    (void)state;
    write_line("one");
    write_line("two");
    assert_int_equal(NOTIFIED, 0);
    console_flush();
    console_flush();
    assert_int_equal(NOTIFIED, 1);
}

static void without_a_new_line_there_is_no_notification(void **state)
{
    (void)state;
    console_flush();
    type("input\r");
    assert_next_line("input");
    assert_no_line();
    console_flush();
    assert_int_equal(NOTIFIED, 0);
}

static void a_dropped_line_causes_no_notification(void **state)
{
    (void)state;
    fake_console.appetite = 0;
    fill(0);
    console_flush();
    write_line("lost");
    console_flush();
    assert_int_equal(NOTIFIED, 1);
}

static void a_daemon_is_notified_when_a_full_ring_is_read(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < IN_SIZE; i++)
        fake_console_type(TEXT("\r"));
    type("after that\r");
    assert_no_line();
    console_flush();
    assert_int_equal(NOTIFIED, 1);
    settle();
    assert_next_line("after that");
    console_flush();
    assert_int_equal(NOTIFIED, 1);
}

static void the_port_is_the_one_of_the_ring(void **state)
{
    (void)state;
    assert_int_equal(console_port(), FAKE_CONSOLE_PORT);
}

/* --- lies ---------------------------------------------------------------- */

/* The console stays off: the index is right again, and nothing is written. */
static void assert_off(void)
{
    uint32_t out_prod = fake_console_page->out_prod;
    unsigned int notified = NOTIFIED;

    fake_console_page->in_cons = fake_console_page->in_prod = 0;
    fake_console_page->out_cons = out_prod;
    write_line("more");
    assert_no_line();
    console_flush();
    assert_int_equal(fake_console_page->out_prod, out_prod);
    assert_int_equal(NOTIFIED, notified);
}

static void an_impossible_output_index_switches_the_console_off(void **state)
{
    (void)state;
    fake_console_page->out_cons = fake_console_page->out_prod + 1;
    write_line("hello");
    assert_off();
}

static void an_output_index_far_behind_switches_it_off(void **state)
{
    (void)state;
    fake_console_page->out_cons = fake_console_page->out_prod - OUT_SIZE - 1;
    write_line("hello");
    assert_off();
}

static void an_impossible_input_index_switches_the_console_off(void **state)
{
    (void)state;
    fake_console_page->in_prod = fake_console_page->in_cons + IN_SIZE + 1;
    assert_no_line();
    assert_off();
}

static void a_port_that_xen_does_not_have_is_no_console(void **state)
{
    struct boot_ring ring = fake_console_start(0);

    (void)state;
    ring.port = 0;
    console_start(&ring);
    assert_off();
    ring.port = 4096;
    console_start(&ring);
    assert_off();
}

static void a_daemon_that_cannot_be_notified_switches_it_off(void **state)
{
    (void)state;
    fake_arch.send_error = -XEN_EINVAL;
    write_line("hello");
    console_flush();
    fake_arch.send_error = 0;
    assert_off();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_ends_at_cr_or_lf_or_both),
        TEST(a_line_may_come_in_pieces),
        TEST(a_line_that_is_too_long_is_cut),
        TEST(input_may_be_longer_than_the_ring),
        TEST(no_more_than_a_ring_is_read_for_one_event),
        TEST(a_burst_of_lines_is_one_notification),
        TEST(without_a_new_line_there_is_no_notification),
        TEST(a_dropped_line_causes_no_notification),
        TEST(a_daemon_is_notified_when_a_full_ring_is_read),
        TEST(the_port_is_the_one_of_the_ring),
        TEST(an_impossible_output_index_switches_the_console_off),
        TEST(an_output_index_far_behind_switches_it_off),
        TEST(an_impossible_input_index_switches_the_console_off),
        TEST(a_port_that_xen_does_not_have_is_no_console),
        TEST(a_daemon_that_cannot_be_notified_switches_it_off),
    };

    return cmocka_run_group_tests_name("console_input", tests, NULL, NULL);
}
