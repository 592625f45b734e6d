/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: work in the background while other things happen.
 */
#include "tests/unit/suspend.h"

#define STORM                                                                  \
    "{\"when\": \"now\", \"action\": \"storm\", \"writes\": 100, "             \
    "\"id\": \"w\"}"
#define FLOOD                                                                  \
    "{\"when\": \"now\", \"action\": \"flood\", \"bytes\": 10000, "            \
    "\"id\": \"w\"}"
#define DONE(seq) "{\"seq\": " seq ", \"id\": \"w\", \"result\": \"done\"}"

/* --- storm -----------------------------------------------------------------*/

static void a_storm_ends_and_says_so(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(WRITE(TESTING, STORM), HOLDS(OWN "storm", "100"),
                             HOLDS(OWN "reply", DONE("2")),
                             HOLDS(OWN "state", "ready"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
    }
}

static void a_storm_that_is_refused_fails(void **state)
{
    (void)state;
    fake_store_read_only(OWN "storm");
    RUN(WRITE(TESTING, STORM),
        HOLDS(OWN "reply", "{\"seq\": 2, \"id\": \"w\", \"result\": "
                           "\"failed\", \"error\": \"EACCES\"}"),
        HOLDS(OWN "state", "ready"), LOGGED("storm is over: EACCES"));
}

static const char *path, *text;
static const char *at_write; /* the write at which somebody acts */

static void act_at_write(const struct fake_request *request)
{
    if (!at_write || request->type != XS_WRITE ||
        strcmp(request->path, OWN "storm") != 0 ||
        !text_is(request->value, at_write))
        return;
    at_write = NULL;
    assert_true(fake_store_holds(OWN "state", "busy"));
    fake_store_write(path, text);
}

/* Somebody writes in the middle of the storm. */
static void begin_interrupted(void)
{
    begin();
    fake_host.before = act_at_write;
    at_write = "41";
}

static bool storm_is_cut_short(void)
{
    return !fake_store_holds(OWN "storm", "100");
}

static void a_shutdown_is_obeyed_in_a_storm(void **state)
{
    (void)state;
    path = SHUTDOWN;
    text = "poweroff";
    while (fake_next_way(begin_interrupted)) {
        assert_int_equal(RUN(WRITE(TESTING, STORM)), SHUTDOWN_poweroff);
        assert_true(storm_is_cut_short());
        assert_true(fake_store_holds(SHUTDOWN, ""));
        assert_true(fake_store_holds(OWN "state", "stopping"));
    }
}

static void begin_suspended(void)
{
    begin_interrupted();
    fake_host.outcome = fake_way.seed % 2 ? ARCH_RESUMED : ARCH_CANCELLED;
}

static void a_storm_goes_on_after_a_suspend(void **state)
{
    (void)state;
    path = SHUTDOWN;
    text = "suspend";
    while (fake_next_way(begin_suspended)) {
        assert_int_equal(
            RUN(WRITE(TESTING, STORM), HOLDS(OWN "suspends", "1"),
                HOLDS(OWN "storm", "100"), HOLDS(OWN "reply", DONE("2")),
                HOLDS(OWN "state", "ready"), WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

static void now_and_ignore_end_a_storm(void **state)
{
    (void)state;
    path = TESTING;
    text = "{\"when\": \"now\", \"action\": \"ignore\", \"id\": \"s\"}";
    while (fake_next_way(begin_interrupted)) {
        RUN(WRITE(TESTING, STORM), HOLDS(OWN "state", "ready"),
            HOLDS(OWN "reply",
                  "{\"seq\": 4, \"id\": \"s\", \"result\": \"done\"}"));
        assert_true(storm_is_cut_short());
        assert_int_equal(fake_host_logged("storm is over: done"), 1);
    }
}

static void a_command_beside_a_storm_is_armed(void **state)
{
    (void)state;
    path = DATA;
    text = LATER("reboot");
    while (fake_next_way(begin_interrupted)) {
        assert_int_equal(RUN(WRITE(TESTING, STORM), HOLDS(OWN "storm", "100"),
                             HOLDS(OWN "reply", DONE("3")),
                             HOLDS(OWN "state", "armed"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_reboot);
    }
}

static void stop_reading(void)
{
    fake_console.appetite = 0;
}

static void read_on(void)
{
    fake_console.appetite = SIZE_MAX;
    fake_wake(FAKE_CONSOLE_PORT);
}

#define STORM_AND_HALT                                                         \
    "[{\"when\": \"now\", \"action\": \"storm\", \"writes\": 9}, " NOW(        \
        "halt") "]"

/* The next step needs no event. */
static void a_program_goes_on_when_its_work_is_over(void **state)
{
    (void)state;
    assert_int_equal(RUN(WRITE(TESTING, STORM_AND_HALT)), SHUTDOWN_poweroff);
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(DO(stop_reading), WRITE(TESTING, STORM_AND_HALT)),
                         SHUTDOWN_poweroff);
    }
}

/* --- flood -----------------------------------------------------------------*/

/* The bytes of the flood's lines. Each line must be whole. */
static size_t flood_size(void)
{
    const char *at = fake_console_output();
    size_t size = 0;
    unsigned int number = 0;

    while ((at = strstr(at, "flood 0")) != NULL) {
        const char *end = strstr(at, "\r\n");
        unsigned int read = 0;

        assert_non_null(end);
        if (at != fake_console_output() && at[-1] == '\n') {
            number++;
            if (end - at > 16 && sscanf(at, "flood %10u", &read) == 1)
                assert_int_equal(read, number);
            size += (size_t)(end - at) + 2;
        }
        at = end;
    }
    return size;
}

static void a_flood_is_exact_and_says_its_end(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        RUN(WRITE(TESTING, FLOOD), HOLDS(OWN "state", "ready"),
            HOLDS(OWN "reply", DONE("2")));
        assert_int_equal(flood_size(), 10000);
    }
}

/* The last line is only a line end. */
static void a_flood_of_65_bytes_is_two_lines(void **state)
{
    (void)state;
    RUN(WRITE(TESTING, "{\"when\": \"now\", \"action\": \"flood\", "
                       "\"bytes\": 65, \"id\": \"w\"}"),
        HOLDS(OWN "reply", DONE("2")), LOGGED("\n\r\n["));
    assert_int_equal(flood_size(), 63);
}

/* A line end alone needs two bytes: the flood is refused, or it ends. */
static void a_flood_of_one_byte_does_not_last_for_ever(void **state)
{
    (void)state;
    RUN(WRITE(TESTING, "{\"when\": \"now\", \"action\": \"flood\", "
                       "\"bytes\": 1}"),
        HOLDS(TESTING, ""), HOLDS(OWN "state", "ready"));
}

static void a_flood_waits_for_its_reader(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(DO(stop_reading), WRITE(TESTING, FLOOD),
                             HOLDS(OWN "state", "busy"), WAIT(1000),
                             HOLDS(OWN "state", "busy"), DO(read_on),
                             HOLDS(OWN "state", "ready"),
                             HOLDS(OWN "reply", DONE("2")),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(flood_size(), 10000);
    }
}

static void a_shutdown_is_obeyed_in_a_flood(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(DO(stop_reading), WRITE(TESTING, FLOOD),
                             WRITE(SHUTDOWN, "reboot")),
                         SHUTDOWN_reboot);
        assert_true(fake_store_holds(SHUTDOWN, ""));
    }
}

static void a_flood_that_nobody_reads_can_be_stopped(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(
            RUN(DO(stop_reading), WRITE(TESTING, FLOOD),
                WRITE(TESTING, NOW("ignore")),
                HOLDS(OWN "reply", "{\"seq\": 4, \"result\": \"done\"}"),
                HOLDS(OWN "state", "ready"), WRITE(SHUTDOWN, "reboot")),
            SHUTDOWN_reboot);
    }
}

static void other_work_takes_the_place_of_a_flood(void **state)
{
    (void)state;
    RUN(DO(stop_reading), WRITE(TESTING, FLOOD), WRITE(TESTING, STORM),
        HOLDS(OWN "storm", "100"), HOLDS(OWN "reply", DONE("3")),
        HOLDS(OWN "state", "ready"));
}

static void a_delay_ends_in_a_flood(void **state)
{
    (void)state;
    assert_int_equal(
        RUN(DO(stop_reading), WRITE(TESTING, FLOOD),
            WRITE(TESTING, "{\"when\": \"now\", \"action\": \"reboot\", "
                           "\"action_delay_ms\": 50}"),
            HOLDS(OWN "state", "busy"), WAIT(49), HOLDS(OWN "state", "busy"),
            WAIT(1), HOLDS(OWN "state", NULL)),
        SHUTDOWN_reboot);
}

/* --- hypercall -------------------------------------------------------------*/

#define HYPERCALLS(tries)                                                      \
    "{\"when\": \"now\", \"action\": \"hypercall\", \"number\": 12, "          \
    "\"args\": \"4 page+8\", \"page\": \"7 0x7ff0\", \"id\": \"w\", "          \
    "\"tries\": " tries "}"

static const char *at_call_41; /* this is written to `path` then */

/* Its page is as ordered each time, whatever the VM has done in between. */
static long take(unsigned long number, const uint64_t *args)
{
    const char *const wanted = at_call_41;
    uint64_t words[2];

    memcpy(words, (void *)(uintptr_t)(args[1] - 8), sizeof(words));
    assert_int_equal(number, 12);
    assert_int_equal(args[0], 4);
    assert_int_equal(args[2], 0);
    assert_int_equal(words[0], 7);
    assert_int_equal(words[1], 0x7ff0);
    if (wanted && fake_arch.hypercall_count == 41) {
        at_call_41 = NULL;
        fake_store_write(path, wanted);
    }
    return -1;
}

static void begin_hypercalls(void)
{
    begin();
    fake_arch.hypercall = take;
}

static void hypercalls_end_and_are_counted(void **state)
{
    (void)state;
    while (fake_next_way(begin_hypercalls)) {
        assert_int_equal(
            RUN(WRITE(TESTING, HYPERCALLS("100")),
                HOLDS(OWN "reply",
                      "{\"seq\": 2, \"id\": \"w\", \"result\": \"done\", "
                      "\"returned\": -1, \"page\": [\"0x7\", \"0x7ff0\", "
                      "\"0x0\", \"0x0\"], \"tried\": 100, "
                      "\"refused\": 100}"),
                HOLDS(OWN "state", "ready"), WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
        assert_int_equal(fake_arch.hypercall_count, 100);
    }
}

static void a_shutdown_is_obeyed_between_hypercalls(void **state)
{
    (void)state;
    path = SHUTDOWN;
    while (fake_next_way(begin_hypercalls)) {
        at_call_41 = "poweroff";
        assert_int_equal(RUN(WRITE(TESTING, HYPERCALLS("1000"))),
                         SHUTDOWN_poweroff);
        /* An orderly store works only while the VM waits. */
        if (fake_way.seed != 0)
            assert_true(fake_arch.hypercall_count < 1000);
    }
}

/* The new command's texts take the place of the old ones. */
static void other_commands_do_not_change_hypercalls(void **state)
{
    (void)state;
    path = TESTING;
    while (fake_next_way(begin_hypercalls)) {
        at_call_41 = "{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                     "\",\"when\":\"onshutdown\",\"action\":\"reboot\"}";
        assert_int_equal(RUN(WRITE(TESTING, HYPERCALLS("100")),
                             HOLDS(OWN "state", "armed"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_reboot);
        assert_int_equal(fake_arch.hypercall_count, 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_storm_ends_and_says_so),
        TEST(a_storm_that_is_refused_fails),
        TEST(a_shutdown_is_obeyed_in_a_storm),
        TEST(a_storm_goes_on_after_a_suspend),
        TEST(now_and_ignore_end_a_storm),
        TEST(a_command_beside_a_storm_is_armed),
        TEST(a_program_goes_on_when_its_work_is_over),
        TEST(a_flood_is_exact_and_says_its_end),
        TEST(a_flood_of_65_bytes_is_two_lines),
        TEST(a_flood_of_one_byte_does_not_last_for_ever),
        TEST(a_flood_waits_for_its_reader),
        TEST(a_shutdown_is_obeyed_in_a_flood),
        TEST(a_flood_that_nobody_reads_can_be_stopped),
        TEST(other_work_takes_the_place_of_a_flood),
        TEST(a_delay_ends_in_a_flood),
        TEST(hypercalls_end_and_are_counted),
        TEST(a_shutdown_is_obeyed_between_hypercalls),
        TEST(other_commands_do_not_change_hypercalls),
    };

    return cmocka_run_group_tests_name("kernel_work", tests, NULL, NULL);
}
