/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: programs, also from the command line, delays, and
 * the effect of each action.
 */
#include "tests/unit/suspend.h"

#include "lib/json.h"

/* --- the command line ------------------------------------------------------*/

#define BOOT_ARMED                                                             \
    "self-test other testing={\"when\": \"onshutdown\", \"ack\": \"none\", "   \
    "\"action\": \"reboot\", \"id\": \"b\"}"

static char states[200]; /* in the order of their publication */

static void note_state(const struct fake_request *request)
{
    size_t used = strlen(states);

    if (request->type == XS_WRITE && strcmp(request->path, OWN "state") == 0)
        snprintf(states + used, sizeof(states) - used, " %.*s",
                 (int)request->value.size, request->value.bytes);
}

static void begin_armed(void)
{
    begin();
    fake_host.command_line = BOOT_ARMED;
    fake_host.before = note_state;
    states[0] = '\0';
}

static void a_program_is_armed_before_the_vm_is_announced(void **state)
{
    (void)state;
    while (fake_next_way(begin_armed)) {
        assert_int_equal(
            RUN(HOLDS(OWN "state", "armed"), HOLDS(OWN "commands", "1"),
                HOLDS(OWN "reply",
                      "{\"seq\": 1, \"id\": \"b\", \"result\": \"armed\"}"),
                LOGGED("control: testing=, armed: at the next request "),
                LOGGED("unknown word \"other\""), WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_reboot);
        assert_string_equal(states, " armed stopping");
        assert_true(fake_store_holds(SHUTDOWN, "poweroff"));
    }
}

/* Even if the message was there before boot. */
static void a_boot_program_catches_a_message_from_before_boot(void **state)
{
    (void)state;
    begin_armed();
    fake_store_write(SHUTDOWN, "poweroff");
    assert_int_equal(RUN(HOLDS(SHUTDOWN, NULL)), SHUTDOWN_reboot);
}

static void a_boot_program_is_not_armed_again_after_a_restore(void **state)
{
    (void)state;
    fake_host.command_line = "testing=" NOW("suspend");
    assert_int_equal(RUN(COUNTED("1", "1", "0"), HOLDS(OWN "commands", "1"),
                         HOLDS(OWN "state", "ready"),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
    assert_int_equal(fake_host.suspend_count, 1);
}

static void a_boot_program_may_end_the_vm_at_once(void **state)
{
    (void)state;
    fake_host.command_line = "testing=" NOW("crash");
    assert_int_equal(RUN(HOLDS(OWN "state", NULL)), SHUTDOWN_crash);
    assert_true(fake_store_holds(OWN "state", "stopping"));
}

static void a_boot_program_that_may_be_cut_is_refused(void **state)
{
    (void)state;
    fake_host.command_line = "testing=" NOW("crash");
    fake_host.command_line_cut = true;
    assert_int_equal(
        RUN(HOLDS(OWN "state", "ready"), HOLDS(OWN "refused", "1"),
            HOLDS(OWN "reply", "{\"seq\": 1, \"result\": \"refused\", "
                               "\"error\": \"the command line may be cut\"}"),
            LOGGED("refused: the command line may be cut")),
        FAKE_LEFT);
}

/* --- memory protection -----------------------------------------------------*/

static void a_cpu_without_nx_is_named(void **state)
{
    (void)state;
    fake_host.data_is_executable = true;
    assert_int_equal(RUN(HOLDS(OWN "state", "ready"),
                         LOGGED("boot: this CPU has no NX: data can be "),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
}

static void an_unknown_fault_is_not_caused(void **state)
{
    (void)state;
    fake_host.command_line = "fault-test=none";
    assert_int_equal(RUN(HOLDS(OWN "state", "ready"),
                         LOGGED("self-test: error: no such fault"),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
}

/* --- delays ----------------------------------------------------------------*/

static void an_action_is_done_at_its_time(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        fake_arch.time_ns = 77000000000;
        assert_int_equal(
            RUN(WRITE(TESTING, "{\"when\": \"now\", \"action\": \"reboot\", "
                               "\"action_delay_ms\": 1500}"),
                HOLDS(OWN "state", "waiting"), WAIT(1499),
                HOLDS(OWN "state", "waiting"), WAIT(2),
                HOLDS(OWN "state", NULL)),
            SHUTDOWN_reboot);
        assert_int_equal(fake_arch.time_ns, 78500000000);
        assert_true(fake_store_holds(OWN "state", "stopping"));
    }
}

#define SLOW                                                                   \
    "{\"when\": \"onshutdown\", \"ack\": \"x\", \"ack_delay_ms\": 100, "       \
    "\"action_delay_ms\": 200, \"action\": \"ignore\", \"id\": \"s\"}"

static void an_acknowledgement_is_made_at_its_time(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(
            RUN(WRITE(DATA, SLOW), WRITE(SHUTDOWN, "suspend"),
                HOLDS(OWN "state", "waiting"), WAIT(99),
                HOLDS(SHUTDOWN, "suspend"), WAIT(2), HOLDS(SHUTDOWN, "x"),
                HOLDS(OWN "state", "waiting"), WAIT(198),
                HOLDS(OWN "state", "waiting"), WAIT(2),
                HOLDS(OWN "state", "ready"),
                HOLDS(OWN "reply",
                      "{\"seq\": 2, \"id\": \"s\", \"result\": \"done\"}"),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

static void a_message_meanwhile_is_handled_afterwards(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(
            RUN(WRITE(DATA, SLOW), WRITE(SHUTDOWN, "suspend"), WAIT(150),
                HOLDS(SHUTDOWN, "x"), WRITE(SHUTDOWN, "poweroff"),
                HOLDS(OWN "requests", "1"), LOGGED("\"poweroff\" waits: "),
                WAIT(100), HOLDS(SHUTDOWN, "poweroff"), WAIT(51),
                HOLDS(OWN "state", NULL)),
            SHUTDOWN_poweroff);
        assert_true(fake_store_holds(OWN "requests", "2"));
        assert_true(fake_store_holds(SHUTDOWN, ""));
    }
}

/*
 * The node is written during the delay: that text stays and is handled later.
 */
static void a_newer_message_is_not_acknowledged_by_an_older_delay(void **state)
{
    (void)state;
    assert_int_equal(RUN(WRITE(DATA, SLOW), WRITE(SHUTDOWN, "suspend"),
                         WAIT(50), WRITE(SHUTDOWN, "reboot"), WAIT(51),
                         HOLDS(SHUTDOWN, "reboot"),
                         LOGGED("holds something else by now"), WAIT(200)),
                     SHUTDOWN_reboot);
    assert_true(fake_store_holds(SHUTDOWN, ""));
}

static void ask(void)
{
    fake_raise(fake_arch.opened);
}

static void time_suspended_does_not_count_for_a_delay(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        fake_host.command_line = "suspend-event-channel";
        fake_host.away_ns = 5000000000;
        fake_host.other_ns = -4000000000;
        assert_int_equal(
            RUN(WRITE(TESTING, "{\"when\": \"now\", \"action\": \"reboot\", "
                               "\"action_delay_ms\": 1000}"),
                WAIT(400), DO(ask), HOLDS(OWN "suspends", "1"),
                HOLDS(OWN "state", "waiting"), WAIT(599),
                HOLDS(OWN "state", "waiting"), WAIT(1),
                HOLDS(OWN "state", NULL)),
            SHUTDOWN_reboot);
    }
}

static void a_suspend_during_a_late_acknowledgement_is_obeyed(void **state)
{
    (void)state;
    fake_host.command_line = "suspend-event-channel";
    assert_int_equal(RUN(WRITE(DATA, SLOW), WRITE(SHUTDOWN, "reboot"), DO(ask),
                         COUNTED("1", "1", "0"), WAIT(301),
                         HOLDS(OWN "state", "ready"), HOLDS(SHUTDOWN, NULL),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
}

/* --- programs --------------------------------------------------------------*/

static void a_program_goes_through_its_steps(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(
            RUN(WRITE(TESTING,
                      "[" LATER("ignore") "," NOW("suspend") "," LATER(
                          "suspend") "," NOW("ignore") "," LATER("hal"
                                                                 "t") "]"),
                WRITE(SHUTDOWN, "reboot"), COUNTED("1", "1", "0"),
                HOLDS(OWN "state", "armed"), WRITE(SHUTDOWN, "reboot"),
                COUNTED("2", "2", "0"),
                HOLDS(OWN "reply",
                      "{\"seq\": 8, \"step\": 4, \"result\": \"armed\"}"),
                WRITE(SHUTDOWN, "reboot")),
            SHUTDOWN_poweroff);
    }
}

/* --- what actions do -------------------------------------------------------*/

static void each_end_has_its_reason(void **state)
{
    static const struct {
        const char *command;
        unsigned int reason;
    } ends[] = {
        {NOW("poweroff"), 0},   {NOW("reboot"), 1},
        {NOW("crash"), 3},      {NOW("watchdog"), 4},
        {NOW("soft-reset"), 5}, {NOW("fault"), FAKE_FAULT},
        {NOW("halt"), 0},
    };
    char command[100];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
        begin();
        assert_int_equal(RUN(WRITE(TESTING, ends[i].command)), ends[i].reason);
        assert_true(fake_store_holds(OWN "state", "stopping"));
        assert_true(fake_store_holds(OWN "reply",
                                     "{\"seq\": 1, \"result\": \"done\"}"));
    }
    for (unsigned int code = 0; code <= 255; code += code == 1 ? 2 : 1) {
        begin();
        snprintf(command, sizeof(command),
                 "{\"when\": \"now\", \"action\": \"exit\", \"code\": %u}",
                 code);
        assert_int_equal(RUN(WRITE(TESTING, command)), code);
    }
}

static void a_vm_that_hangs_reacts_to_nothing(void **state)
{
    (void)state;
    assert_int_equal(
        RUN(WRITE(TESTING, NOW("hang")),
            HOLDS(OWN "reply", "{\"seq\": 1, \"result\": \"done\"}"),
            WRITE(SHUTDOWN, "poweroff"), WAIT(1000),
            HOLDS(SHUTDOWN, "poweroff"), HOLDS(OWN "requests", "0")),
        FAKE_LEFT);
    assert_true(fake_store_holds(TESTING, ""));
}

#define WRITE_COMMAND                                                          \
    "{\"when\": \"now\", \"action\": \"write\", \"path\": "                    \
    "\"control/feature-poweroff\", \"value\": \"0\\u00e4\", \"id\": \"w\"}"
#define WRITE_SHORTER                                                          \
    "{\"when\": \"now\", \"action\": \"write\", \"path\": "                    \
    "\"data/a\", \"value\": \"b\"}"
#define REMOVE_COMMAND                                                         \
    "{\"when\": \"now\", \"action\": \"remove\", \"path\": "                   \
    "\"control/feature-poweroff\"}"

static void a_node_is_written_and_removed(void **state)
{
    (void)state;
    assert_int_equal(
        RUN(WRITE(TESTING, WRITE_COMMAND),
            HOLDS("control/feature-poweroff", "0\xc3\xa4"),
            HOLDS(OWN "reply",
                  "{\"seq\": 1, \"id\": \"w\", \"result\": \"done\"}"),
            HOLDS(OWN "state", "ready"), WRITE(TESTING, WRITE_SHORTER),
            HOLDS("data/a", "b"), WRITE(TESTING, REMOVE_COMMAND),
            HOLDS("control/feature-poweroff", NULL),
            HOLDS(OWN "reply", "{\"seq\": 3, \"result\": \"done\"}")),
        FAKE_LEFT);
}

static void an_error_of_the_store_is_told_by_its_name(void **state)
{
    (void)state;
    fake_store_read_only("control/feature-poweroff");
    RUN(WRITE(TESTING, WRITE_COMMAND),
        HOLDS(OWN "reply", "{\"seq\": 1, \"id\": \"w\", \"result\": "
                           "\"failed\", \"error\": \"EACCES\"}"),
        HOLDS(OWN "state", "ready"), LOGGED("control: write is over: EACCES"));
}

/* The newest answer is JSON, and has all these parts. */
static void assert_reply_has(const char *const parts[], size_t count)
{
    static struct json json;
    const char *reply = fake_store_value(OWN "reply"), *why;

    assert_int_equal(json_parse(&json, text_of(reply), &why), 0);
    for (size_t i = 0; i < count; i++) {
        if (!strstr(reply, parts[i]))
            fail_msg("%s is not in %s", parts[i], reply);
    }
}

static void assert_report(void)
{
    static const char *const parts[] = {
        "\"report\": {\"version\": \"" XEN_TEST_VM_VERSION "\"",
        "\"guest\": \"pvh\"",
        "\"uptime_ms\": 2500",
        "\"memory_kib\": 1024",
        "\"console_dropped\": ",
        "\"console_connection\": 0",
        "\"work\": \"\"",
        "\"requests\": 1",
        "\"commands\": 1",
        "\"memory-errors\": 0",
    };

    assert_reply_has(parts, ARRAY_COUNT(parts));
}

static void a_report_has_all_members(void **state)
{
    (void)state;
    fake_arch.time_ns = 500;
    RUN(WRITE(SHUTDOWN, "dance"), WAIT(2500), WRITE(TESTING, NOW("report")),
        DO(assert_report));
}

/* Each byte of the longest id is escaped. */
#define EIGHT   "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
#define LONGEST EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT

static void assert_capabilities(void)
{
    static const char *const parts[] = {
        "\"id\": \"" LONGEST "\", \"step\": 0, \"result\": \"done\", "
        "\"capabilities\": {\"version\": \"" XEN_TEST_VM_VERSION "\", "
        "\"commit\": \"" XEN_TEST_VM_COMMIT "\", \"protocol\": 1, ",
        "\"dirty\": [\"mib\",\"mib_per_s\",\"seconds\"]",
        "\"vcpu\":31",
        "\"ack\":[\"ok\",\"none\",\"delete\"]",
        "\"mode/vcpus\":[\"obey\",\"refuse\",\"late\"]",
        "\"message_bytes\": 2047, \"steps\": 16}}",
    };

    assert_reply_has(parts, ARRAY_COUNT(parts));
}

static void the_capabilities_fit_into_an_answer(void **state)
{
    (void)state;
    RUN(WRITE(TESTING, "[{\"id\":\"" LONGEST "\",\"when\":\"now\","
                       "\"action\":\"capabilities\"}]"),
        DO(assert_capabilities));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_is_armed_before_the_vm_is_announced),
        TEST(a_boot_program_catches_a_message_from_before_boot),
        TEST(a_boot_program_is_not_armed_again_after_a_restore),
        TEST(a_boot_program_may_end_the_vm_at_once),
        TEST(a_boot_program_that_may_be_cut_is_refused),
        TEST(a_cpu_without_nx_is_named),
        TEST(an_unknown_fault_is_not_caused),
        TEST(an_action_is_done_at_its_time),
        TEST(an_acknowledgement_is_made_at_its_time),
        TEST(a_message_meanwhile_is_handled_afterwards),
        TEST(a_newer_message_is_not_acknowledged_by_an_older_delay),
        TEST(time_suspended_does_not_count_for_a_delay),
        TEST(a_suspend_during_a_late_acknowledgement_is_obeyed),
        TEST(a_program_goes_through_its_steps),
        TEST(each_end_has_its_reason),
        TEST(a_vm_that_hangs_reacts_to_nothing),
        TEST(a_node_is_written_and_removed),
        TEST(an_error_of_the_store_is_told_by_its_name),
        TEST(a_report_has_all_members),
        TEST(the_capabilities_fit_into_an_answer),
    };

    return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
