/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/console: whole lines out, with and without a reader.
 */
#include "tests/unit/console.h"

static void assert_output(const char *expected)
{
    settle();
    assert_string_equal(fake_console_output(), expected);
}

/* --- out ----------------------------------------------------------------- */

static void a_line_ends_in_one_cr_lf(void **state)
{
    (void)state;
    write_line("hello");
    assert_output("hello\r\n");
}

static void lines_come_in_order(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        static char expected[100 * 20];
        char *end = expected;

        for (unsigned int i = 0; i < 100; i++) {
            char line[16];

            snprintf(line, sizeof(line), "line %u", i);
            end += sprintf(end, "%s\r\n", line);
            write_line(line);
        }
        assert_output(expected);
    }
}

static void an_empty_line_is_a_line(void **state)
{
    (void)state;
    write_line("");
    assert_output("\r\n");
}

static void a_line_may_fill_the_ring(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        fill(0);
        settle();
        assert_int_equal(fake_console_output_size(), OUT_SIZE);
        assert_memory_equal(fake_console_output(), filling, OUT_SIZE - 2);
        assert_string_equal(fake_console_output() + OUT_SIZE - 2, "\r\n");
    }
}

static void a_line_without_room_is_dropped_whole(void **state)
{
    const struct xencons_interface *page = fake_console_page;

    (void)state;
    fill(4);
    write_line("abc");
    assert_int_equal(page->out_prod - page->out_cons, OUT_SIZE - 4);
}

static void lines_around_a_dropped_one_are_whole(void **state)
{
    (void)state;
    fill(4);
    write_line("abc");
    settle();
    write_line("next");
    settle();
    assert_string_equal(fake_console_output() + OUT_SIZE - 6,
                        "\r\n[1 lines dropped: nobody reads]\r\nnext\r\n");
}

static void dropped_lines_are_reported_once(void **state)
{
    (void)state;
    fill(0);
    for (unsigned int i = 0; i < 1234; i++)
        write_line("lost");
    settle();
    write_line("next");
    write_line("and next");
    settle();
    assert_string_equal(fake_console_output() + OUT_SIZE,
                        "[1234 lines dropped: nobody reads]\r\n"
                        "next\r\nand next\r\n");
}

/* A line that is shorter than the report must not overtake it. */
static void no_line_overtakes_the_report(void **state)
{
    (void)state;
    fill(10);
    write_line("too long for this");
    write_line("short");
    settle();
    write_line("next");
    settle();
    assert_string_equal(fake_console_output() + OUT_SIZE - 10,
                        "[2 lines dropped: nobody reads]\r\nnext\r\n");
}

static void the_report_needs_no_further_line(void **state)
{
    (void)state;
    fill(0);
    write_line("lost");
    settle();
    assert_no_line();
    settle();
    assert_string_equal(fake_console_output() + OUT_SIZE,
                        "[1 lines dropped: nobody reads]\r\n");
}

static void a_line_longer_than_the_ring_is_dropped(void **state)
{
    (void)state;
    console_write_line((struct text){filling, sizeof(filling)});
    write_line("next");
    assert_output("[1 lines dropped: nobody reads]\r\nnext\r\n");
}

static void a_console_that_nobody_reads_is_never_waited_for(void **state)
{
    (void)state;
    fake_console.appetite = 0;
    for (unsigned int i = 0; i < 10000; i++) {
        write_line("is anybody there?");
        console_flush();
        assert_no_line();
    }
    assert_int_equal(fake_arch.wait_count, 0);
}

/*
 * A reader who takes a few bytes now and then gets whole lines and the count.
 */
static void no_line_is_lost_uncounted(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        unsigned int seen = 0, count, i;
        const char *at;

        for (i = 0; i < 600; i++) {
            fake_console.appetite = fake_random(30);
            write_line("a line to count");
            settle();
        }
        fake_console.appetite = SIZE_MAX;
        fake_wake(FAKE_CONSOLE_PORT);
        settle();
        assert_no_line(); /* this reports dropped lines */
        settle();
        for (at = fake_console_output(); *at; at = strstr(at, "\r\n") + 2) {
            if (sscanf(at, "[%u lines dropped: nobody reads]\r\n", &count) == 1)
                seen += count;
            else
                seen += strncmp(at, "a line to count\r\n", 17) == 0;
        }
        assert_int_equal(seen, i);
    }
}

/* Older headers do not name the byte behind the indices. */
static void a_newer_daemon_says_that_it_is_there(void **state)
{
    uint8_t *connection = (uint8_t *)fake_console_page + 3088;

    (void)state;
    *connection = 1;
    assert_int_equal(console_connection(), 1);
    *connection = 0;
    assert_int_equal(console_connection(), 0);
}

/* --- for callers that can wait ------------------------------------------ */

static void a_line_may_wait_for_room(void **state)
{
    const unsigned int before = console_dropped();

    (void)state;
    fill(4);
    assert_false(console_put_line(TEXT("abc")));
    assert_true(console_put_line(TEXT("ab")));
    assert_false(console_put_line(TEXT("")));
    settle();
    assert_true(console_put_line(TEXT("abc")));
    settle();
    assert_string_equal(fake_console_output() + OUT_SIZE - 4, "ab\r\nabc\r\n");
    assert_int_equal(console_dropped(), before);
}

static void a_line_that_waits_does_not_overtake_the_report(void **state)
{
    (void)state;
    fill(10);
    write_line("too long for this");
    assert_false(console_put_line(TEXT("short")));
    settle();
    assert_true(console_put_line(TEXT("short")));
    settle();
    assert_string_equal(fake_console_output() + OUT_SIZE - 10,
                        "[1 lines dropped: nobody reads]\r\nshort\r\n");
}

static void dropped_lines_are_counted_since_boot(void **state)
{
    const unsigned int before = console_dropped();
    struct boot_ring ring;

    (void)state;
    fill(0);
    write_line("lost");
    write_line("lost");
    assert_int_equal(console_dropped(), before + 2);
    settle();
    write_line("next");
    settle();
    assert_int_equal(console_dropped(), before + 2);
    ring = fake_console_renew(5, 0);
    console_start(&ring);
    fill(0);
    write_line("lost");
    assert_int_equal(console_dropped(), before + 3);
}

static void a_broken_console_takes_no_line(void **state)
{
    (void)state;
    fake_console_page->out_cons = fake_console_page->out_prod + 5;
    assert_false(console_put_line(TEXT("x")));
    fake_console_page->out_cons = fake_console_page->out_prod;
    assert_false(console_put_line(TEXT("x")));
}

static void bytes_in_the_ring_at_the_start_stay(void **state)
{
    struct boot_ring ring = fake_console_start(100);

    (void)state;
    memcpy(fake_console_page->out + 100, "the loader\r\n", 12);
    fake_console_page->out_prod += 12;
    console_start(&ring);
    write_line("the kernel");
    assert_output("the loader\r\nthe kernel\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_ends_in_one_cr_lf),
        TEST(lines_come_in_order),
        TEST(an_empty_line_is_a_line),
        TEST(a_line_may_fill_the_ring),
        TEST(a_line_without_room_is_dropped_whole),
        TEST(lines_around_a_dropped_one_are_whole),
        TEST(dropped_lines_are_reported_once),
        TEST(no_line_overtakes_the_report),
        TEST(the_report_needs_no_further_line),
        TEST(a_line_longer_than_the_ring_is_dropped),
        TEST(a_console_that_nobody_reads_is_never_waited_for),
        TEST(no_line_is_lost_uncounted),
        TEST(a_line_may_wait_for_room),
        TEST(a_line_that_waits_does_not_overtake_the_report),
        TEST(dropped_lines_are_counted_since_boot),
        TEST(a_newer_daemon_says_that_it_is_there),
        TEST(a_broken_console_takes_no_line),
        TEST(bytes_in_the_ring_at_the_start_stay),
    };

    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
