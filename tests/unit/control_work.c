/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: work in the background, and actions that may fail.
 */
#include "tests/unit/control.h"

#define STORM "'action':'storm','writes':9"
#define FLOOD "'action':'flood','bytes':9"
#define DIRTY "'action':'dirty','mib':1"

static void work(const char *members, const char *name)
{
    char command[200], words[64];

    snprintf(command, sizeof(command), "{'when':'now','id':'w',%s}", members);
    snprintf(words, sizeof(words), "'' started %s busy", name);
    expect_and(NODE_TESTING, command, words, ACKNOWLEDGED);
}

static void storm(void)
{
    work(STORM, "storm");
}

/* --- its course ------------------------------------------------------------*/

static void work_is_started_and_done(void **state)
{
    static const struct {
        const char *members, *name;
    } works[] = {{STORM, "storm"}, {FLOOD, "flood"}, {DIRTY, "dirty"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(works); i++) {
        work(works[i].members, works[i].name);
        expect_no_deadline();
        assert_int_equal(control_state(&control), STATE_BUSY);
        expect_done(TRACK_WORK, "done ready");
        assert_member("id", "w");
        assert_memory_equal(decision.log, works[i].name, 5);
        expect_no_deadline();
    }
}

static void the_numbers_of_an_order_come_with_it(void **state)
{
    (void)state;
    expect(NODE_TESTING,
           "{'when':'now','action':'dirty','mib':3,'mib_per_s':4,"
           "'seconds':5}",
           "'' started dirty busy");
    assert_int_equal(decision.command->mib, 3);
    assert_int_equal(decision.command->mib_per_s, 4);
    assert_int_equal(decision.command->seconds, 5);
}

static void work_on_shutdown_is_answered_at_its_end(void **state)
{
    (void)state;
    expect_and(NODE_TESTING,
               "{'when':'onshutdown','ack':'k','id':'w'," STORM "}",
               "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "'k' - storm busy", ACKNOWLEDGED);
    expect_done(TRACK_WORK, "done ready");
    assert_member("id", "w");
}

static void a_failure_has_its_sentence_and_details(void **state)
{
    (void)state;
    storm();
    expect_over(TRACK_WORK, "EQUOTA", NULL, "failed ready");
    assert_string_equal(decision.answer,
                        "{\"seq\": 2, \"id\": \"w\", \"result\": \"failed\", "
                        "\"error\": \"EQUOTA\"}");
    assert_string_equal(decision.log, "storm is over: EQUOTA");
    storm();
    expect_over(TRACK_WORK, "bad", "\"a\": 1, \"b\": 2", "failed ready");
    assert_string_equal(decision.answer,
                        "{\"seq\": 4, \"id\": \"w\", \"result\": \"failed\", "
                        "\"error\": \"bad\", \"a\": 1, \"b\": 2}");
    storm();
    expect_over(TRACK_WORK, NULL, "\"a\": 1", "done ready");
    assert_member("a", "1");
}

static void an_end_without_an_action_changes_nothing(void **state)
{
    (void)state;
    expect_done(TRACK_WORK, "- ready");
    assert_string_equal(decision.log, "");
    storm();
    expect_done(TRACK_MAIN, "- busy");
    expect_done(TRACK_WORK, "done ready");
    expect_done(TRACK_WORK, "- ready");
}

/* --- what comes meanwhile --------------------------------------------------*/

static void requests_are_obeyed_during_work(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_SHUTDOWN, "dance", "'' - - busy", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "suspend", "'' - suspend suspending",
               ACKNOWLEDGED);
    expect_after(SUSPEND_RESUMED, 0, "- busy");
    expect_and(NODE_SYSRQ, "c", "'' - crash stopping", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "'' - reboot stopping", ACKNOWLEDGED);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 3);
    assert_int_equal(control.steps.seq, 1);
}

static void a_suspend_leaves_the_work(void **state)
{
    (void)state;
    storm();
    control_suspend_event(&control, &decision);
    expect_after(SUSPEND_CANCELLED, 0, "- busy");
    expect_and(NODE_TESTING, NOW("suspend"), "'' started suspend suspending",
               ACKNOWLEDGED);
    expect_after(SUSPEND_REFUSED, 0, "failed busy");
    expect_done(TRACK_WORK, "done ready");
    assert_member("id", "w");
}

static void a_command_is_armed_during_work(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_TESTING, "{'when':'onshutdown','action':'halt','id':'a1'}",
               "'' armed - busy", ACKNOWLEDGED);
    expect_done(TRACK_WORK, "done armed");
    assert_member("id", "w");
    expect_and(NODE_SHUTDOWN, "reboot", "'' done halt stopping", ACKNOWLEDGED);
    assert_member("id", "a1");
}

static void an_armed_command_fires_during_work(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_TESTING, LATER("ignore"), "'' armed - busy", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "'' done - busy", ACKNOWLEDGED);
    expect_nothing();
    expect_done(TRACK_WORK, "done ready");
}

static void a_delay_runs_during_work(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_TESTING,
               "{'when':'now','action':'report','action_delay_ms':10}",
               "'' started - busy", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "- - - busy", ACKNOWLEDGED);
    expect_wait(10);
    expect_next("- - report busy");
    expect_done(TRACK_MAIN, "done busy");
    expect_read_again();
    expect_done(TRACK_WORK, "done ready");
    assert_member("id", "w");
}

static void other_work_takes_its_place(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_TESTING, "{'when':'now','id':'f'," FLOOD "}",
               "'' started flood busy", ACKNOWLEDGED);
    expect_done(TRACK_WORK, "done ready");
    assert_member("id", "f");
    assert_int_equal(control.steps.seq, 3);
}

static void changed_memory_is_counted_and_logged(void **state)
{
    (void)state;
    work(DIRTY, "dirty");
    control_memory_changed(&control, 3, &decision);
    assert_string_equal(decision.log,
                        "3 words of memory are not what was written");
    answer.value_count = 0;
    assert_end("- busy");
    control_memory_changed(&control, 0, &decision);
    assert_string_equal(decision.log, "");
    control_memory_changed(&control, 4, &decision);
    assert_int_equal(control.counters[COUNTER_MEMORY_ERRORS], 7);
}

/* --- stopping it -----------------------------------------------------------*/

static void stop(const char *words)
{
    expect_and(NODE_TESTING, "{'when':'now','action':'ignore','id':'s'}", words,
               ACKNOWLEDGED);
}

static void now_and_ignore_stop_the_work(void **state)
{
    (void)state;
    storm();
    stop("'' started - busy");
    assert_true(decision.act);
    assert_int_equal(decision.action, ACTION_IGNORE);
    assert_true(
        control.steps.doing[TRACK_STOP].active); /* so main.c stops the work */
    expect_no_deadline();
    expect_done(TRACK_WORK, "done ready");
    assert_member("id", "w");
    expect_next("- done - ready");
    assert_member("id", "s");
    expect_no_deadline();
}

static void work_may_stop_with_an_error(void **state)
{
    (void)state;
    storm();
    stop("'' started - busy");
    expect_over(TRACK_WORK, "bad", NULL, "failed ready");
    expect_next("- done - ready");
}

static void without_work_there_is_nothing_to_stop(void **state)
{
    (void)state;
    stop("'' done - ready");
    assert_false(control.steps.doing[TRACK_MAIN].active);
    storm();
    expect_done(TRACK_WORK, "done ready");
    stop("'' done - ready");
}

/* An "ignore" that waits for the end of old work does not wait for new work. */
static void other_work_takes_the_place_of_a_stop(void **state)
{
    (void)state;
    storm();
    stop("'' started - busy");
    expect_and(NODE_TESTING, "{'when':'now','id':'f'," FLOOD "}",
               "'' started flood busy", ACKNOWLEDGED);
    expect_done(TRACK_WORK, "done ready");
    assert_member("id", "f");
    expect_no_deadline();
}

/* Only "now" with "ignore" stops the work. */
static void an_ignored_request_does_not_stop_the_work(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_TESTING, LATER("ignore"), "'' armed - busy", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "'' done - busy", ACKNOWLEDGED);
    assert_false(control.steps.doing[TRACK_MAIN].active);
}

static void a_stop_may_be_due_later(void **state)
{
    (void)state;
    storm();
    expect_and(NODE_TESTING,
               "{'when':'now','action':'ignore','id':'s',"
               "'action_delay_ms':10}",
               "'' started - busy", ACKNOWLEDGED);
    expect_wait(10);
    expect_next("- - - busy");
    assert_true(decision.act);
    expect_done(TRACK_WORK, "done ready");
    expect_next("- done - ready");
    assert_member("id", "s");
}

/* --- actions that may fail -------------------------------------------------*/

static const char *const quick[] = {"write','path':'data/a','value':'v",
                                    "remove','path':'data/a", "report"};

static void quick_actions_are_answered_after_them(void **state)
{
    char command[200], words[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(quick); i++) {
        snprintf(command, sizeof(command),
                 "{'when':'now','id':'q','action':'%s'}", quick[i]);
        snprintf(words, sizeof(words), "'' - %.6s ready", quick[i]);
        if (i == 0)
            strcpy(words, "'' - write ready");
        expect_and(NODE_TESTING, command, words, ACKNOWLEDGED);
        expect_over(TRACK_MAIN, "ENOENT", NULL, "failed ready");
        assert_member("error", "ENOENT");
        assert_member("id", "q");
        expect_and(NODE_TESTING, command, words, ACKNOWLEDGED);
        expect_over(TRACK_MAIN, NULL, "\"report\": {\"x\": 1}", "done ready");
        assert_member("report", "{\"x\": 1}");
        assert_member("error", "-");
    }
}

static void a_write_has_its_path_and_value(void **state)
{
    const struct command *command;

    (void)state;
    expect_and(NODE_TESTING,
               "{'when':'onshutdown','action':'write','path':'data/a',"
               "'value':'\\u00e4'}",
               "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "'' - write ready", ACKNOWLEDGED);
    command = decision.command;
    assert_true(
        text_is(program_text(&control.steps.program, command->path), "data/a"));
    assert_true(text_is(program_text(&control.steps.program, command->value),
                        "\xc3\xa4"));
    expect_done(TRACK_MAIN, "done ready");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(work_is_started_and_done),
        TEST(the_numbers_of_an_order_come_with_it),
        TEST(work_on_shutdown_is_answered_at_its_end),
        TEST(a_failure_has_its_sentence_and_details),
        TEST(an_end_without_an_action_changes_nothing),
        TEST(requests_are_obeyed_during_work),
        TEST(a_suspend_leaves_the_work),
        TEST(a_command_is_armed_during_work),
        TEST(an_armed_command_fires_during_work),
        TEST(a_delay_runs_during_work),
        TEST(other_work_takes_its_place),
        TEST(changed_memory_is_counted_and_logged),
        TEST(now_and_ignore_stop_the_work),
        TEST(work_may_stop_with_an_error),
        TEST(without_work_there_is_nothing_to_stop),
        TEST(other_work_takes_the_place_of_a_stop),
        TEST(an_ignored_request_does_not_stop_the_work),
        TEST(a_stop_may_be_due_later),
        TEST(quick_actions_are_answered_after_them),
        TEST(a_write_has_its_path_and_value),
    };

    return cmocka_run_group_tests_name("control_work", tests, NULL, NULL);
}
