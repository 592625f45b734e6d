/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: one step after the other, how often each applies,
 * and to which requests.
 */
#include "tests/unit/control.h"

static void send(const char *program, const char *words)
{
    expect_and(NODE_TESTING, program, words, ACKNOWLEDGED);
}

static void request(const char *text, const char *words)
{
    expect_and(NODE_SHUTDOWN, text, words, ACKNOWLEDGED);
}

/* Check the step and the id of the newest answer. */
static void assert_step(const char *step, const char *id)
{
    assert_member("step", step);
    assert_member("id", id);
}

/* --- steps -----------------------------------------------------------------*/

static void the_example_ignores_once_and_then_obeys(void **state)
{
    (void)state;
    send("[{'when':'onshutdown','ack':'none','action':'ignore'},"
         "{'when':'onshutdown','ack':'ok','action':'poweroff'}]",
         "'' armed - armed");
    assert_string_equal(decision.answer,
                        "{\"seq\": 1, \"step\": 0, \"result\": \"armed\"}");
    expect_no_deadline();
    request("poweroff", "- done - armed");
    assert_step("0", "-");
    expect_next("- armed - armed");
    assert_string_equal(decision.answer,
                        "{\"seq\": 3, \"step\": 1, \"result\": \"armed\"}");
    expect_no_deadline();
    request("poweroff", "'' done poweroff stopping");
    assert_step("1", "-");
}

static void a_command_alone_has_no_step(void **state)
{
    (void)state;
    send(NOW("ignore"), "'' done - ready");
    assert_member("step", "-");
    send("[" NOW("ignore") "]", "'' done - ready");
    assert_member("step", "0");
}

static void steps_of_all_kinds_follow_each_other(void **state)
{
    (void)state;
    send("[{'when':'now','action':'ignore','id':'a'},"
         "{'when':'now','action':'write','path':'data/a','value':'',"
         "'id':'b'},"
         "{'when':'onshutdown','action':'suspend','id':'c'},"
         "{'when':'now','action':'storm','writes':9,'id':'d'},"
         "{'when':'now','action':'ignore','action_delay_ms':7,'id':'e'},"
         "{'when':'now','action':'hang','id':'f'}]",
         "'' done - waiting");
    assert_step("0", "a");
    expect_next("- - write waiting");
    expect_done(TRACK_MAIN, "done armed");
    assert_step("1", "b");
    expect_next("- armed - armed");
    assert_step("2", "c");
    request("reboot", "'' - suspend suspending");
    expect_after(SUSPEND_RESUMED, 0, "done waiting");
    assert_step("2", "c");
    expect_next("- started storm busy");
    assert_step("3", "d");
    expect_no_deadline();
    expect_done(TRACK_WORK, "done waiting");
    assert_step("3", "d");
    expect_next("- started - waiting");
    assert_step("4", "e");
    expect_wait(7);
    expect_next("- done - waiting");
    assert_step("4", "e");
    expect_next("- done hang ready");
    assert_step("5", "f");
    expect_no_deadline();
}

static void a_step_that_fails_is_over_as_well(void **state)
{
    static const struct {
        const char *action, *words;
    } failing[] = {
        {"'action':'remove','path':'data/a'", "'' - remove waiting"},
        {"'action':'storm','writes':9", "'' started storm busy"},
        {"'action':'suspend'", "'' started suspend suspending"},
    };
    char program[300];

    for (size_t i = 0; i < ARRAY_COUNT(failing); i++) {
        start(state);
        snprintf(program, sizeof(program), "[{'when':'now',%s},%s]",
                 failing[i].action, LATER("halt"));
        send(program, failing[i].words);
        if (i == 2)
            expect_after(SUSPEND_REFUSED, 0, "failed armed");
        else
            expect_over(i == 0 ? TRACK_MAIN : TRACK_WORK, "EACCES", NULL,
                        "failed armed");
        assert_step("0", "-");
        expect_next("- armed - armed");
        request("reboot", "'' done halt stopping");
    }
}

static void every_way_out_of_a_suspend_goes_on(void **state)
{
    static const char *const ends[] = {"done armed", "done armed",
                                       "failed armed"};

    for (enum suspended how = 0; how <= SUSPEND_REFUSED; how++) {
        start(state);
        send("[" LATER("suspend") "," CATCH("x", "halt") "]",
             "'' armed - armed");
        request("suspend", "'' - suspend suspending");
        expect_after(how, 0, ends[how]);
        expect_next("- armed - armed");
        control_suspend_event(&control, &decision);
        expect_after(how, 0, "- armed");
        request("suspend", "'x' done halt stopping");
    }
}

static void sixteen_steps_are_done(void **state)
{
    char program[COMMAND_TEXT_MAX] = "[";
    char number[8];

    (void)state;
    for (unsigned int i = 0; i < 16; i++)
        snprintf(program + strlen(program), sizeof(program) - strlen(program),
                 "%s" LATER("ignore"), i > 0 ? "," : "");
    strcat(program, "]");
    send(program, "'' armed - armed");
    for (unsigned int i = 0; i < 16; i++) {
        request("reboot", i < 15 ? "'' done - armed" : "'' done - ready");
        snprintf(number, sizeof(number), "%u", i);
        assert_step(number, "-");
        if (i < 15)
            expect_next("- armed - armed");
    }
    expect_no_deadline();
    request("reboot", "'' - reboot stopping");
}

static void delays_work_in_each_step(void **state)
{
    (void)state;
    send("[{'when':'now','action':'ignore','action_delay_ms':5},"
         "{'when':'onshutdown','action':'ignore','ack':'x',"
         "'ack_delay_ms':6,'action_delay_ms':7,'count':2},"
         "{'when':'now','action':'halt','action_delay_ms':8}]",
         "'' started - waiting");
    expect_wait(5);
    expect_next("- done - armed");
    expect_next("- armed - armed");
    for (unsigned int i = 0; i < 2; i++) {
        request("reboot", "- - - waiting");
        expect_wait(6);
        expect_next("'x' - - waiting");
        expect_wait(7);
        expect_next(i == 0 ? "- done - armed" : "- done - waiting");
    }
    expect_next("- started - waiting");
    expect_wait(8);
    expect_next("- done halt stopping");
}

/* A message that came during a delay is for the next step. */
static void a_message_that_waited_is_for_the_next_step(void **state)
{
    (void)state;
    send("[{'when':'onshutdown','action':'ignore','action_delay_ms':5},"
         "{'when':'onshutdown','action':'halt','ack':'y'}]",
         "'' armed - armed");
    request("reboot", "'' - - waiting");
    request("poweroff", "- - - waiting");
    expect_wait(5);
    expect_next("- done - armed");
    expect_next("- armed - armed");
    expect_read_again();
    request("poweroff", "'y' done halt stopping");
}

/* --- replacing -------------------------------------------------------------*/

static void a_program_is_replaced_in_the_middle(void **state)
{
    (void)state;
    send("[" LATER("ignore") "," LATER("halt") "]", "'' armed - armed");
    request("reboot", "'' done - armed");
    expect_next("- armed - armed");
    send(CATCH("y", "crash"), "'' armed - armed");
    assert_member("step", "-");
    request("reboot", "'y' done crash stopping");
}

static void work_of_a_program_that_is_gone_ends_alone(void **state)
{
    (void)state;
    send(
        "[{'when':'now','action':'storm','writes':9,'id':'s'}," NOW("halt") "]",
        "'' started storm busy");
    send("[" LATER("ignore") "," NOW("hang") "]", "'' armed - busy");
    expect_done(TRACK_WORK, "done armed");
    assert_step("0", "s");
    expect_no_deadline();
    request("reboot", "'' done - waiting");
    expect_next("- done hang ready");
}

static void a_refused_program_replaces_nothing(void **state)
{
    (void)state;
    send("[" LATER("ignore") "," LATER("halt") "]", "'' armed - armed");
    send("[{'when':'now','action':'crash','id':'a'},"
         "{'when':'now','action':'jump','id':'b'}]",
         "'' refused - armed");
    assert_step("1", "b");
    assert_non_null(strstr(decision.log, "step 1: unknown action"));
    request("reboot", "'' done - armed");
    expect_next("- armed - armed");
}

/* --- how often, and to what ------------------------------------------------*/

static void a_command_applies_as_often_as_it_says(void **state)
{
    (void)state;
    send("{'when':'onshutdown','ack':'k','action':'ignore','count':3}",
         "'' armed - armed");
    request("reboot", "'k' done - armed");
    request("reboot", "'k' done - armed");
    expect_no_deadline();
    request("reboot", "'k' done - ready");
    request("reboot", "'' - reboot stopping");
}

static void a_count_of_0_is_for_ever(void **state)
{
    (void)state;
    send("[" NOW("ignore") ",{'when':'onshutdown','ack':'k',"
                           "'action':'ignore','count':0,'id':'e'}]",
         "'' done - armed");
    expect_next("- armed - armed");
    for (unsigned int i = 0; i < 1000; i++) {
        request("reboot", "'k' done - armed");
        assert_step("1", "e");
        expect_nothing();
    }
    send(NOW("ignore"), "'' done - ready");
    request("reboot", "'' - reboot stopping");
}

static void a_count_of_a_million_is_exact(void **state)
{
    (void)state;
    send("{'when':'onshutdown','action':'ignore','count':1000000}",
         "'' armed - armed");
    assert_int_equal(control.steps.uses_left, 1000000);
    for (unsigned int i = 0; i < 70000; i++)
        control_message(&control, NODE_SHUTDOWN, TEXT("reboot"), now_ns,
                        &decision);
    assert_int_equal(control.steps.uses_left, 930000);
    assert_int_equal(control_state(&control), STATE_ARMED);
}

static void each_application_may_have_delays(void **state)
{
    (void)state;
    send("{'when':'onshutdown','action':'suspend','count':2}",
         "'' armed - armed");
    request("reboot", "'' - suspend suspending");
    expect_after(SUSPEND_RESUMED, 0, "done armed");
    request("reboot", "'' - suspend suspending");
    expect_after(SUSPEND_CANCELLED, 0, "done ready");
    send("{'when':'onshutdown','action':'storm','writes':9,'count':2}",
         "'' armed - armed");
    request("reboot", "'' - storm busy");
    request("dance", "'' - - busy");
    expect_done(TRACK_WORK, "done armed");
    request("reboot", "'' - storm busy");
    expect_done(TRACK_WORK, "done ready");
}

static void other_requests_are_handled_as_ever(void **state)
{
    (void)state;
    send("{'when':'onshutdown','request':'reboot','ack':'k',"
         "'action':'ignore','count':2}",
         "'' armed - armed");
    assert_non_null(strstr(decision.log, "at the next request \"reboot\" "));
    request("dance", "'' - - armed");
    request("suspend", "'' - suspend suspending");
    expect_after(SUSPEND_RESUMED, 0, "- armed");
    request("reboot", "'k' done - armed");
    request("rebootx", "'' - - armed");
    request("reboo", "'' - - armed");
    request("reboot", "'k' done - ready");
    assert_int_equal(control.counters[COUNTER_REQUESTS], 6);
    start(state);
    send("{'when':'onshutdown','request':'reboot','action':'ignore'}",
         "'' armed - armed");
    request("poweroff", "'' - poweroff stopping");
}

static void a_request_may_be_any_text(void **state)
{
    (void)state;
    send("{'when':'onshutdown','request':'d\\u00e4nce\\n','action':'halt'}",
         "'' armed - armed");
    request("dance", "'' - - armed");
    request("d\xc3\xa4nce\n", "'' done halt stopping");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_example_ignores_once_and_then_obeys),
        TEST(a_command_alone_has_no_step),
        TEST(steps_of_all_kinds_follow_each_other),
        TEST(a_step_that_fails_is_over_as_well),
        TEST(every_way_out_of_a_suspend_goes_on),
        TEST(sixteen_steps_are_done),
        TEST(delays_work_in_each_step),
        TEST(a_message_that_waited_is_for_the_next_step),
        TEST(a_program_is_replaced_in_the_middle),
        TEST(work_of_a_program_that_is_gone_ends_alone),
        TEST(a_refused_program_replaces_nothing),
        TEST(a_command_applies_as_often_as_it_says),
        TEST(a_count_of_0_is_for_ever),
        TEST(a_count_of_a_million_is_exact),
        TEST(each_application_may_have_delays),
        TEST(other_requests_are_handled_as_ever),
        TEST(a_request_may_be_any_text),
    };

    return cmocka_run_group_tests_name("control_program", tests, NULL, NULL);
}
