/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: delayed acknowledgements and actions, and events
 * during a delay.
 */
#include "tests/unit/control.h"

/* A command that is armed, with these members. */
#define ARM(members) "{'when':'onshutdown'," members "}"

static void arm(const char *command)
{
    expect_and(NODE_TESTING, command, "'' armed - armed", ACKNOWLEDGED);
    expect_no_deadline();
}

/* --- exact times -----------------------------------------------------------*/

static void an_action_waits_for_its_time(void **state)
{
    (void)state;
    expect_and(NODE_TESTING,
               "{'when':'now','action':'halt','action_delay_ms':1500}",
               "'' started - waiting", ACKNOWLEDGED);
    expect_wait(1500);
    expect_next("- done halt stopping");
    assert_string_equal(decision.log, "halt is due now, 0 us late");
    assert_non_null(decision.command);
}

/* The delay begins at the command, however long its acknowledgement takes. */
static void a_delay_of_now_counts_from_the_command(void **state)
{
    (void)state;
    expect(NODE_TESTING,
           "{'when':'now','action':'halt','action_delay_ms':1500}",
           "'' started - waiting");
    pass(500 * MS);
    carried_out(ACKNOWLEDGED);
    expect_wait(1000);
    expect_next("- done halt stopping");
}

static void an_acknowledgement_waits_for_its_time(void **state)
{
    (void)state;
    arm(ARM("'ack':'x','ack_delay_ms':250,'action':'halt'"));
    expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
    expect_wait(250);
    expect_next("'x' done halt stopping");
    assert_true(text_is(decision.acknowledgement.message, "reboot"));
    assert_int_equal(decision.acknowledgement.node, NODE_SHUTDOWN);
    assert_false(decision.acknowledgement.again);
}

static void a_late_acknowledgement_may_remove_or_leave_the_node(void **state)
{
    (void)state;
    arm(ARM("'ack':'delete','ack_delay_ms':1,'action':'ignore'"));
    expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
    expect_wait(1);
    expect_next("delete done - ready");
    arm(ARM("'ack':'none','ack_delay_ms':1,'action':'ignore'"));
    expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
    expect_wait(1);
    expect_next("- done - ready");
    expect_no_deadline();
}

static void the_longest_delays_are_an_hour(void **state)
{
    (void)state;
    arm(ARM("'ack_delay_ms':3600000,'action_delay_ms':3600000,"
            "'action':'halt'"));
    expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
    expect_wait(3600000);
    expect_next("'' - - waiting");
    expect_wait(3600000);
    expect_next("- done halt stopping");
}

/* --- an action after its acknowledgement -----------------------------------*/

static const enum acknowledged all_results[] = {
    ACKNOWLEDGED, ACKNOWLEDGE_REFUSED, ACKNOWLEDGE_LATE};

static void the_action_counts_from_the_acknowledgement(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(all_results); i++) {
        start(state);
        arm(ARM("'ack':'x','action_delay_ms':1000,'action':'halt'"));
        expect(NODE_SHUTDOWN, "reboot", "'x' - - waiting");
        assert_true(control_deadline(&control) == TIME_NEVER);
        pass(70 * MS);
        carried_out(all_results[i]);
        expect_wait(1000);
        expect_next("- done halt stopping");
    }
}

static void the_action_counts_from_no_acknowledgement_too(void **state)
{
    (void)state;
    arm(ARM("'ack':'none','action_delay_ms':1000,'action':'halt'"));
    expect(NODE_SHUTDOWN, "reboot", "- - - waiting");
    pass(70 * MS);
    carried_out(ACKNOWLEDGED);
    expect_wait(1000);
    expect_next("- done halt stopping");
}

static void the_action_counts_from_a_late_acknowledgement_too(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(all_results); i++) {
        start(state);
        arm(ARM("'ack_delay_ms':20,'action_delay_ms':30,'action':'halt'"));
        expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
        expect_wait(20);
        pass(5 * MS); /* the kernel called late */
        expect_next_and("'' - - waiting", all_results[i]);
        expect_wait(30);
        expect_next("- done halt stopping");
    }
}

static void an_action_that_takes_time_is_started_once(void **state)
{
    (void)state;
    expect_and(NODE_TESTING,
               "{'when':'now','action':'suspend','action_delay_ms':5}",
               "'' started - waiting", ACKNOWLEDGED);
    expect_wait(5);
    expect_next("- - suspend suspending");
    expect_after(SUSPEND_RESUMED, 0, "done ready");
    expect_and(NODE_TESTING,
               "{'when':'now','action':'storm','writes':9,"
               "'action_delay_ms':5}",
               "'' started - waiting", ACKNOWLEDGED);
    expect_wait(5);
    expect_next("- - storm busy");
    expect_done(TRACK_WORK, "done ready");
    assert_int_equal(control.steps.seq, 4);
}

/* --- messages meanwhile ----------------------------------------------------*/

/* Begin each kind of delay, and let a part of it pass. */
static void begin_ack_delay(void)
{
    arm(ARM("'id':'a1','ack':'x','ack_delay_ms':100,'action':'ignore'"));
    expect_and(NODE_SHUTDOWN, "suspend", "- - - waiting", ACKNOWLEDGED);
}

static void end_ack_delay(void)
{
    expect_wait(100);
    expect_next("'x' done - ready");
}

static void begin_action_delay(void)
{
    arm(ARM("'id':'a1','ack':'x','action_delay_ms':100,'action':'ignore'"));
    expect_and(NODE_SHUTDOWN, "suspend", "'x' - - waiting", ACKNOWLEDGED);
}

static void end_action_delay(void)
{
    expect_wait(100);
    expect_next("- done - ready");
}

static void begin_now_delay(void)
{
    expect_and(NODE_TESTING,
               "{'when':'now','action':'ignore','action_delay_ms':100,"
               "'id':'a1'}",
               "'' started - waiting", ACKNOWLEDGED);
}

static const struct {
    void (*begin)(void);
    void (*end)(void);
    unsigned int requests;
} delays[] = {
    {begin_ack_delay, end_ack_delay, 1},
    {begin_action_delay, end_action_delay, 1},
    {begin_now_delay, end_action_delay, 0},
};

static void other_messages_wait_and_are_read_again(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(delays); i++) {
        start(state);
        delays[i].begin();
        expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
        assert_string_equal(decision.log, "control/shutdown \"reboot\" waits: "
                                          "a command is in work");
        expect_and(NODE_SHUTDOWN, "poweroff", "- - - waiting", ACKNOWLEDGED);
        assert_int_equal(control.counters[COUNTER_REQUESTS],
                         delays[i].requests);
        delays[i].end();
        expect_read_again();
        expect_no_deadline();
        expect_and(NODE_SHUTDOWN, "poweroff", "'' - poweroff stopping",
                   ACKNOWLEDGED);
        assert_int_equal(control.counters[COUNTER_REQUESTS],
                         delays[i].requests + 1);
    }
}

static void without_a_message_nothing_is_read_again(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(delays); i++) {
        start(state);
        delays[i].begin();
        expect_and(NODE_SHUTDOWN, "", "- - - waiting", ACKNOWLEDGED);
        delays[i].end();
        expect_no_deadline();
    }
}

static void text_that_the_vm_wrote_is_no_message(void **state)
{
    (void)state;
    begin_action_delay();
    expect_and(NODE_SHUTDOWN, "x", "- - - waiting", ACKNOWLEDGED);
    assert_string_equal(decision.log, "");
    end_action_delay();
    expect_no_deadline();

    begin_ack_delay();
    expect_wait(100);
    expect_next("'x' done - ready");
    expect_and(NODE_SHUTDOWN, "x", "- - - ready", ACKNOWLEDGED);
    assert_string_equal(decision.log, "");
}

/* The caught message stays in the node until its acknowledgement. */
static void the_caught_message_is_not_caught_again(void **state)
{
    (void)state;
    begin_ack_delay();
    expect_and(NODE_SHUTDOWN, "suspend", "- - - waiting", ACKNOWLEDGED);
    end_ack_delay();
    expect_read_again();
    expect_and(NODE_SHUTDOWN, "x", "- - - ready", ACKNOWLEDGED);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 1);
}

static void sysrq_crashes_during_a_delay(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(delays); i++) {
        start(state);
        delays[i].begin();
        expect_and(NODE_SYSRQ, "s", "'' - - waiting", ACKNOWLEDGED);
        expect_and(NODE_SYSRQ, "c", "'' - crash stopping", ACKNOWLEDGED);
    }
}

static void a_suspend_by_event_channel_changes_no_delay(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(delays); i++) {
        start(state);
        delays[i].begin();
        control_suspend_event(&control, &decision);
        assert_true(decision.act);
        assert_int_equal(decision.state, STATE_SUSPENDING);
        carried_out(ACKNOWLEDGED);
        expect_after(SUSPEND_RESUMED, 0, "- waiting");
        delays[i].end();
    }
}

/* --- commands meanwhile ----------------------------------------------------*/

static void a_refused_command_changes_no_delay(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(delays); i++) {
        start(state);
        delays[i].begin();
        expect_and(NODE_DATA_TESTING, "jump", "'' refused - waiting",
                   ACKNOWLEDGED);
        delays[i].end();
        assert_member("id", "a1");
        expect_no_deadline();
    }
}

static void a_newer_command_cancels_an_action_that_waits(void **state)
{
    for (size_t i = 1; i < ARRAY_COUNT(delays); i++) {
        start(state);
        delays[i].begin();
        expect_and(NODE_DATA_TESTING, LATER("halt"), "'' armed - armed",
                   ACKNOWLEDGED);
        assert_non_null(strstr(decision.log, "the pending command is forgot"));
        expect_no_deadline();
        pass(200 * MS);
        expect_no_deadline();
        expect_and(NODE_SHUTDOWN, "reboot", "'' done halt stopping",
                   ACKNOWLEDGED);
    }
}

static void an_acknowledgement_is_made_as_ordered(void **state)
{
    (void)state;
    begin_ack_delay();
    expect_and(NODE_DATA_TESTING, CATCH("y", "halt"), "'' armed - waiting",
               ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "- - - waiting", ACKNOWLEDGED);
    expect_wait(100);
    expect_next("'x' - - armed");
    assert_true(text_is(decision.acknowledgement.message, "suspend"));
    expect_read_again();
    expect_no_deadline();
    expect_and(NODE_SHUTDOWN, "poweroff", "'y' done halt stopping",
               ACKNOWLEDGED);
}

static void now_does_not_wait_for_an_older_acknowledgement(void **state)
{
    (void)state;
    begin_ack_delay();
    expect_and(NODE_DATA_TESTING, NOW("ignore"), "'' done - waiting",
               ACKNOWLEDGED);
    expect_and(NODE_DATA_TESTING, NOW("suspend"),
               "'' started suspend suspending", ACKNOWLEDGED);
    expect_after(SUSPEND_CANCELLED, 0, "done waiting");
    expect_wait(100);
    expect_next("'x' - - ready");
    expect_no_deadline();
}

/* Each delay ends at its own time, whichever comes first. */
static void two_delays_run_at_the_same_time(void **state)
{
    (void)state;
    begin_ack_delay();
    expect_and(NODE_DATA_TESTING,
               "{'when':'now','action':'ignore','action_delay_ms':30}",
               "'' started - waiting", ACKNOWLEDGED);
    expect_wait(30);
    expect_next("- done - waiting");
    expect_wait(70);
    expect_next("'x' - - ready");

    begin_ack_delay();
    expect_and(NODE_DATA_TESTING,
               "{'when':'now','action':'ignore','action_delay_ms':130}",
               "'' started - waiting", ACKNOWLEDGED);
    expect_wait(100);
    expect_next("'x' - - waiting");
    expect_wait(30);
    expect_next("- done - ready");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_action_waits_for_its_time),
        TEST(a_delay_of_now_counts_from_the_command),
        TEST(an_acknowledgement_waits_for_its_time),
        TEST(a_late_acknowledgement_may_remove_or_leave_the_node),
        TEST(the_longest_delays_are_an_hour),
        TEST(the_action_counts_from_the_acknowledgement),
        TEST(the_action_counts_from_no_acknowledgement_too),
        TEST(the_action_counts_from_a_late_acknowledgement_too),
        TEST(an_action_that_takes_time_is_started_once),
        TEST(other_messages_wait_and_are_read_again),
        TEST(without_a_message_nothing_is_read_again),
        TEST(text_that_the_vm_wrote_is_no_message),
        TEST(the_caught_message_is_not_caught_again),
        TEST(sysrq_crashes_during_a_delay),
        TEST(a_suspend_by_event_channel_changes_no_delay),
        TEST(a_refused_command_changes_no_delay),
        TEST(a_newer_command_cancels_an_action_that_waits),
        TEST(an_acknowledgement_is_made_as_ordered),
        TEST(now_does_not_wait_for_an_older_acknowledgement),
        TEST(two_delays_run_at_the_same_time),
    };

    return cmocka_run_group_tests_name("control_delays", tests, NULL, NULL);
}
