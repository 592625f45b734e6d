/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: boot, suspend and resume.
 */
#include "tests/unit/suspend.h"

/* --- boot ------------------------------------------------------------------*/

static void boot_announces_the_vm(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(
            RUN(HOLDS(OWN "state", "ready"), COUNTED("0", "0", "0"),
                HOLDS("control/feature-suspend", "1"), HOLDS(PORT, NULL)),
            FAKE_LEFT);
        assert_int_equal(fake_host_logged("\r\n"), 1);
        assert_int_equal(fake_host_logged("boot: xen-test-vm"), 1);
        assert_int_equal(fake_host_logged(", pvh, 1024 KiB, domain 8\r\n"), 1);
        assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
        assert_int_equal(fake_arch.open_count, 0);
    }
}

/* One event to the console, which answers while the store works; two round
 * trips, because the ring does not hold all requests; then nothing to do. */
static void boot_is_in_order(void **state)
{
    (void)state;
    LIBXL();
    RUN(HOLDS(OWN "state", "ready"));
    assert_string_equal(fake_arch.trace,
                        " send 1 wait send 2 send 1 wait wait");
}

static void a_request_from_before_boot_is_obeyed(void **state)
{
    (void)state;
    fake_store_write(TESTING, LATER("reboot"));
    fake_store_write(SHUTDOWN, "poweroff");
    assert_int_equal(RUN(HOLDS(SHUTDOWN, NULL)), SHUTDOWN_reboot);
    assert_true(fake_store_holds(SHUTDOWN, ""));
    assert_true(fake_store_holds(OWN "state", "stopping"));
}

static void of_libxl(void)
{
    LIBXL();
}

/* --- resume ----------------------------------------------------------------*/

static void a_resume_publishes_everything_again(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        unsigned int result = RUN(
            WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "state", "ready"),
            HOLDS(OWN "version", XEN_TEST_VM_VERSION),
            HOLDS(OWN "guest", "pvh"), HOLDS("control/feature-suspend", "1"),
            HOLDS("control/feature-poweroff", "1"), HOLDS(OWN "requests", "1"),
            HOLDS(OWN "memory-errors", "0"), HOLDS(OWN "reply", NULL),
            HOLDS(SHUTDOWN, NULL), COUNTED("1", "1", "0"),
            LOGGED("suspend: resumed after 0 ms, own part "),
            LOGGED("suspend: resumed as domain 9\r\n"),
            WRITE(SHUTDOWN, "poweroff"));

        assert_int_equal(result, SHUTDOWN_poweroff);
        assert_int_equal(fake_host.suspend_count, 1);
        assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
        assert_true(fake_store_holds(SHUTDOWN, ""));
        assert_int_equal(fake_host_logged("error"), 0);
    }
}

/* The order: the store is settled, the console is notified, the VM is away;
 * then new ports. */
static void a_resume_is_in_order(void **state)
{
    static const char *before;

    (void)state;
    LIBXL();
    fake_host.away = of_libxl;
    RUN(WRITE(SHUTDOWN, "suspend"));
    before = strstr(fake_arch.trace, " suspend");
    assert_non_null(before);
    assert_memory_equal(before - strlen(" send 1 wait send 2"),
                        " send 1 wait send 2", strlen(" send 1 wait send 2"));
    assert_string_equal(before, " suspend send 5 wait send 6 send 5 wait wait");
}

static char noted[1 << 14];

static void note(const struct fake_request *request)
{
    size_t used = strlen(noted);

    snprintf(noted + used, sizeof(noted) - used, "%u %s%s%.*s\n",
             request->type == XS_WRITE ? 0 : request->type, request->path,
             request->value.size ? "=" : "", (int)request->value.size,
             request->value.bytes);
}

static void forget_notes(void)
{
    noted[0] = '\0';
    LIBXL();
}

/* When the state is visible, all else must be ready, also the answer. */
static void the_state_comes_last(void **state)
{
    static const char last[] = "0 " OWN "state=ready\n";
    size_t size;

    (void)state;
    LIBXL();
    fake_host.before = note;
    fake_host.away = forget_notes;
    RUN(WRITE(TESTING, NOW("suspend")));
    size = strlen(noted);
    assert_true(size > sizeof(last));
    assert_string_equal(noted + size - strlen(last), last);
    assert_non_null(strstr(noted, "0 " OWN "reply={"));
    assert_null(strstr(noted, "state=suspending"));
}

#define ARMED                                                                  \
    "{\"when\": \"onshutdown\", \"ack\": \"x\", \"action\": \"reboot\", "      \
    "\"id\": \"a1\"}"

static void raise_suspend_port(void)
{
    fake_raise(fake_arch.opened);
}

static void a_command_armed_before_fires_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        fake_host.command_line = "suspend-event-channel";
        assert_int_equal(RUN(WRITE(TESTING, ARMED), HOLDS(OWN "state", "armed"),
                             DO(raise_suspend_port), HOLDS(OWN "suspends", "1"),
                             HOLDS(OWN "state", "armed"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_reboot);
        assert_true(fake_store_holds(SHUTDOWN, "x"));
        assert_true(fake_store_holds(
            OWN "reply", "{\"seq\": 2, \"id\": \"a1\", \"result\": \"done\"}"));
    }
}

/* --- answers ---------------------------------------------------------------*/

#define ANSWER(seq, result)                                                    \
    "{\"seq\": " seq ", \"id\": \"a1\", \"result\": \"" result "\"}"
#define FAILED                                                                 \
    "{\"seq\": 2, \"id\": \"a1\", \"result\": \"failed\", "                    \
    "\"error\": \"Xen refused to suspend\"}"

static void assert_started(void)
{
    assert_true(fake_store_holds(OWN "state", "suspending"));
    assert_true(fake_store_holds(OWN "reply", ANSWER("1", "started")));
    assert_true(fake_store_holds(TESTING, ""));
}

static void now_is_answered_before_and_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        const char *end =
            outcomes[i] == FAKE_REFUSED ? FAILED : ANSWER("2", "done");

        begin_with(outcomes[i]);
        fake_host.away = outcomes[i] == ARCH_RESUMED ? NULL : assert_started;
        assert_int_equal(RUN(WRITE(TESTING, "{\"when\": \"now\", \"action\": "
                                            "\"suspend\", \"id\": \"a1\"}"),
                             HOLDS(OWN "reply", end),
                             HOLDS(OWN "state", "ready"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host.suspend_count, 1);
    }
}

static void assert_only_armed(void)
{
    assert_true(fake_store_holds(OWN "state", "suspending"));
    assert_true(fake_store_holds(OWN "reply", ANSWER("1", "armed")));
}

static void onshutdown_is_answered_after(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        const char *end =
            outcomes[i] == FAKE_REFUSED ? FAILED : ANSWER("2", "done");

        begin_with(outcomes[i]);
        fake_host.away = outcomes[i] == ARCH_RESUMED ? NULL : assert_only_armed;
        assert_int_equal(RUN(WRITE(DATA, "{\"when\": \"onshutdown\", "
                                         "\"action\": \"suspend\", "
                                         "\"id\": \"a1\"}"),
                             WRITE(SHUTDOWN, "reboot"), HOLDS(OWN "reply", end),
                             HOLDS(OWN "state", "ready"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host.suspend_count, 1);
    }
}

/* The VM's own text was in a store that is gone. */
static void the_vms_own_text_is_a_request_in_a_fresh_store(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(
            RUN(WRITE(TESTING, "{\"when\": \"onshutdown\", \"ack\": "
                               "\"poweroff\", \"action\": \"suspend\"}"),
                WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                HOLDS(SHUTDOWN, NULL), WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

static void the_vms_own_text_is_no_request_in_the_same_store(void **state)
{
    (void)state;
    while (fake_next_way(begin_cancelled)) {
        assert_int_equal(
            RUN(WRITE(TESTING, "{\"when\": \"onshutdown\", \"ack\": "
                               "\"poweroff\", \"action\": \"suspend\"}"),
                WRITE(SHUTDOWN, "suspend"), COUNTED("1", "0", "1"),
                HOLDS(SHUTDOWN, "poweroff"), WRITE(SHUTDOWN, "poweroff"),
                HOLDS(OWN "requests", "1"), WRITE(SHUTDOWN, ""),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

/* --- cancel and refusal ----------------------------------------------------*/

/* Suspend twice in the same domain; nothing is made anew. */
static void suspend_in_place(void)
{
    assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"),
                         HOLDS(OWN "state", "ready"), COUNTED("1", "0", "1"),
                         HOLDS(SHUTDOWN, ""),
                         LOGGED("suspend: cancelled after 0 ms, own part "),
                         WRITE(SHUTDOWN, "suspend"), COUNTED("2", "0", "2"),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
    assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
    assert_int_equal(fake_host_logged("] boot:"), 1);
    assert_int_equal(fake_host_logged("error"), 0);
}

static void a_cancelled_suspend_leaves_everything(void **state)
{
    (void)state;
    while (fake_next_way(begin_cancelled)) {
        suspend_in_place();
        assert_true(fake_store_holds(SHUTDOWN, ""));
    }
}

/* Some toolstacks resume the same domain as if it were a new one. */
static void begin_slow(void)
{
    begin_with(FAKE_SLOW);
    fake_host.command_line = "self-test";
}

static void the_same_domain_is_known_whatever_it_is_told(void **state)
{
    (void)state;
    while (fake_next_way(begin_slow)) {
        suspend_in_place();
        assert_int_equal(fake_ipi_count(), 0);
        assert_int_equal(fake_host_logged("page lent"), 1);
    }
}

static void write_a_lot(void)
{
    for (unsigned int i = 0; i < 50; i++) {
        fake_store_write(SHUTDOWN, "dance");
        fake_wake(FAKE_STORE_PORT);
        while (fake_step())
            ;
    }
}

/* The ring is full and ends in half an event; the other half comes later. */
static void a_cancelled_suspend_loses_no_message(void **state)
{
    (void)state;
    while (fake_next_way(begin_slow)) {
        fake_host.away = write_a_lot;
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "0", "1"),
                             HOLDS(OWN "requests", "2"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host_logged("error"), 0);
    }
}

static void begin_refused(void)
{
    begin_with(FAKE_REFUSED);
}

static void a_refused_suspend_leaves_everything(void **state)
{
    (void)state;
    while (fake_next_way(begin_refused)) {
        assert_int_equal(
            RUN(WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "state", "ready"),
                COUNTED("1", "0", "0"),
                LOGGED("suspend: error: refused by Xen: EINVAL"),
                LOGGED("suspend: refused after "), WRITE(SHUTDOWN, "reboot")),
            SHUTDOWN_reboot);
        assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
        assert_int_equal(fake_host_logged("] boot:"), 1);
    }
}

/* One write for the suspends' counter, one for the state, and no more. */
static void a_cancel_publishes_what_changed(void **state)
{
    (void)state;
    fake_host.outcome = ARCH_CANCELLED;
    fake_host.before = note;
    fake_host.away = forget_notes;
    RUN(WRITE(SHUTDOWN, "suspend"));
    assert_memory_equal(noted,
                        "0 " OWN "suspends=1\n"
                        "0 " OWN "cancels=1\n"
                        "0 " OWN "state=ready\n",
                        strlen(noted));
}

/* --- time ------------------------------------------------------------------*/

#define WALL_NS 1700000000000000000 /* a day in 2023 */

static void log_time_does_not_count_the_time_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        fake_arch.wall_ns = WALL_NS;
        fake_arch.time_ns = 77000000000;
        fake_host.away_ns = 5000000000;
        RUN(WRITE(SHUTDOWN, "suspend"), LOGGED(" after 5000 ms, own part 0 us"),
            WRITE(SHUTDOWN, "dance"));
        assert_int_equal(fake_host_logged("[    0.000] "),
                         fake_host_logged("\r\n"));
        assert_int_equal(fake_host_logged("[    0.000] control: "
                                          "control/shutdown \"dance\""),
                         1);
    }
}

static void log_time_does_not_depend_on_the_hosts_clock(void **state)
{
    static const int64_t others[] = {-76000000000, 76000000000};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        begin();
        fake_arch.time_ns = 77000000000;
        fake_arch.wall_ns = WALL_NS;
        fake_host.away_ns = 250000000;
        fake_host.other_ns = others[i];
        RUN(WRITE(SHUTDOWN, "suspend"), LOGGED(" after 250 ms, own part 0 us"));
        assert_int_equal(fake_host_logged("[    0.000] "),
                         fake_host_logged("\r\n"));
    }
}

static void the_own_part_is_before_and_after(void **state)
{
    (void)state;
    fake_arch.tick_ns = 7000000;
    fake_arch.wall_ns = WALL_NS;
    fake_host.away_ns = 1000000000;
    RUN(WRITE(SHUTDOWN, "suspend"),
        LOGGED("suspend: resumed after 1000 ms, own part 14000 us\r\n"));
}

static void turn_back_the_clock(void)
{
    fake_arch.wall_ns -= 3000000;
}

/* If the host's clock is behind, the result is 0. */
static void a_clock_that_goes_back_counts_as_no_time(void **state)
{
    (void)state;
    fake_arch.wall_ns = WALL_NS;
    fake_host.away_ns = 1000000;
    fake_host.away = turn_back_the_clock;
    RUN(WRITE(SHUTDOWN, "suspend"), LOGGED("resumed after 0 ms, "));
}

static void start_the_clock(void)
{
    fake_arch.wall_ns = WALL_NS;
}

static void stop_the_clock(void)
{
    fake_arch.wall_ns = 0;
}

static void a_missing_clock_counts_as_no_time(void **state)
{
    (void)state;
    fake_host.away = start_the_clock;
    RUN(WRITE(SHUTDOWN, "suspend"), LOGGED("resumed after 0 ms, "));
    begin();
    fake_arch.wall_ns = WALL_NS;
    fake_host.away = stop_the_clock;
    RUN(WRITE(SHUTDOWN, "suspend"), LOGGED("resumed after 0 ms, "));
}

/* --- memory ----------------------------------------------------------------*/

static void damage(void)
{
    fake_pattern_flip(0, 1);
    fake_pattern_flip(1023, 0xff00);
}

static void changed_memory_is_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        fake_host.away = damage;
        RUN(WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "memory-errors", "2"),
            LOGGED("suspend: error: 2 words of memory are not what was "
                   "written\r\n"),
            WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "memory-errors", "4"));
    }
}

static void memory_damaged_before_is_not_reported(void **state)
{
    (void)state;
    RUN(DO(damage), WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "memory-errors", "0"),
        COUNTED("1", "1", "0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(boot_announces_the_vm),
        TEST(boot_is_in_order),
        TEST(a_request_from_before_boot_is_obeyed),
        TEST(a_resume_publishes_everything_again),
        TEST(a_resume_is_in_order),
        TEST(the_state_comes_last),
        TEST(a_command_armed_before_fires_after),
        TEST(now_is_answered_before_and_after),
        TEST(onshutdown_is_answered_after),
        TEST(the_vms_own_text_is_a_request_in_a_fresh_store),
        TEST(the_vms_own_text_is_no_request_in_the_same_store),
        TEST(a_cancelled_suspend_leaves_everything),
        TEST(the_same_domain_is_known_whatever_it_is_told),
        TEST(a_cancelled_suspend_loses_no_message),
        TEST(a_refused_suspend_leaves_everything),
        TEST(a_cancel_publishes_what_changed),
        TEST(log_time_does_not_count_the_time_away),
        TEST(log_time_does_not_depend_on_the_hosts_clock),
        TEST(the_own_part_is_before_and_after),
        TEST(a_clock_that_goes_back_counts_as_no_time),
        TEST(a_missing_clock_counts_as_no_time),
        TEST(changed_memory_is_reported),
        TEST(memory_damaged_before_is_not_reported),
    };

    return cmocka_run_group_tests_name("suspend", tests, NULL, NULL);
}
