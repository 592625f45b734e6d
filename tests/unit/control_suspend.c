/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: suspends, and what is kept in a suspend.
 */
#include "tests/unit/control.h"

#define SUSPENDS COUNTER_SUSPENDS

static const enum suspended outcomes[] = {SUSPEND_RESUMED, SUSPEND_CANCELLED,
                                          SUSPEND_REFUSED};

static void assert_counters(unsigned int suspends, unsigned int resumes,
                            unsigned int cancels, unsigned int memory_errors)
{
    assert_int_equal(control.counters[COUNTER_SUSPENDS], suspends);
    assert_int_equal(control.counters[COUNTER_RESUMES], resumes);
    assert_int_equal(control.counters[COUNTER_CANCELS], cancels);
    assert_int_equal(control.counters[COUNTER_MEMORY_ERRORS], memory_errors);
}

/* --- answers ---------------------------------------------------------------*/

static void a_request_has_no_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        expect_and(NODE_SHUTDOWN, "suspend", "'' - suspend suspending",
                   ACKNOWLEDGED);
        expect_after(outcomes[i], 0, "- ready");
    }
    assert_int_equal(control.steps.seq, 0);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 3);
}

static void a_suspend_of_now_is_answered_twice(void **state)
{
    (void)state;
    decide(NODE_TESTING, "{'when':'now','action':'suspend','id':'a1'}");
    assert_string_equal(decision.answer, "{\"seq\": 1, \"id\": \"a1\", "
                                         "\"result\": \"started\"}");
    expect_after(SUSPEND_RESUMED, 0, "done ready");
    assert_string_equal(decision.answer,
                        "{\"seq\": 2, \"id\": \"a1\", \"result\": \"done\"}");
    decide(NODE_TESTING, NOW("suspend"));
    expect_after(SUSPEND_REFUSED, 0, "failed ready");
    assert_string_equal(decision.answer,
                        "{\"seq\": 4, \"result\": \"failed\", "
                        "\"error\": \"Xen refused to suspend\"}");
}

static void a_suspend_of_onshutdown_is_answered_at_its_end(void **state)
{
    static const char *const words[] = {"done ready", "done ready",
                                        "failed ready"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        expect_and(NODE_TESTING,
                   "{'when':'onshutdown','ack':'none','action':'suspend',"
                   "'id':'a2'}",
                   "'' armed - armed", ACKNOWLEDGED);
        expect(NODE_SHUTDOWN, "poweroff", "- - suspend suspending");
        expect_after(outcomes[i], 0, words[i]);
        assert_true(text_is(member("id"), "a2"));
    }
}

static void unknown_members_are_named_once(void **state)
{
    (void)state;
    decide(NODE_TESTING, "{'when':'now','action':'suspend','x':1}");
    assert_true(text_is(member("ignored"), "[\"x\"]"));
    expect_after(SUSPEND_CANCELLED, 0, "done ready");
    assert_true(text_is(member("ignored"), "-"));
}

static void an_answer_is_given_once(void **state)
{
    (void)state;
    expect(NODE_TESTING, NOW("suspend"), "'' started suspend suspending");
    expect_after(SUSPEND_RESUMED, 0, "done ready");
    expect(NODE_SHUTDOWN, "suspend", "'' - suspend suspending");
    expect_after(SUSPEND_RESUMED, 0, "- ready");
    assert_int_equal(control.steps.seq, 2);
}

static void the_longest_id_comes_back(void **state)
{
    char id[64 * 6 + 1];
    char text[COMMAND_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 64; i++)
        memcpy(id + 6 * i, "\\u0001", 7);
    snprintf(text, sizeof(text), "{'when':'now','action':'suspend','id':'%s'}",
             id);
    expect(NODE_TESTING, text, "'' started suspend suspending");
    expect_after(SUSPEND_REFUSED, 0, "failed ready");
    assert_int_equal(member("id").size, strlen(id));
    assert_memory_equal(member("id").bytes, id, strlen(id));
}

/* --- event channel ---------------------------------------------------------*/

static void an_event_channel_asks_for_no_acknowledgement(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        memset(&decision, 0xaa, sizeof(decision));
        control_suspend_event(&control, &decision);
        check_decision(0);
        assert_false(decision.acknowledgement.wanted);
        assert_string_equal(result(), "-");
        assert_true(decision.act);
        assert_int_equal(decision.action, ACTION_SUSPEND);
        assert_int_equal(decision.state, STATE_SUSPENDING);
        expect_after(outcomes[i], 0, "- ready");
    }
    assert_int_equal(control.counters[COUNTER_REQUESTS], 0);
    assert_counters(3, 1, 1, 0);
}

/* The event is no request: a command that waits for a request does not catch
 * it. */
static void an_event_channel_leaves_the_pending_command_alone(void **state)
{
    (void)state;
    expect(NODE_TESTING, CATCH("mine", "halt"), "'' armed - armed");
    control_suspend_event(&control, &decision);
    assert_int_equal(decision.state, STATE_SUSPENDING);
    expect_after(SUSPEND_RESUMED, 0, "- armed");
    expect(NODE_SHUTDOWN, "suspend", "'mine' done halt stopping");
}

/* --- counters --------------------------------------------------------------*/

static void outcomes_are_counted(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 6; i++) {
        expect(NODE_SHUTDOWN, "suspend", "'' - suspend suspending");
        assert_int_equal(control.counters[SUSPENDS], i);
        expect_after(outcomes[i < 3 ? 0 : i - 3], 0, "- ready");
    }
    assert_counters(6, 4, 1, 0);
}

static void changed_memory_is_counted_and_logged(void **state)
{
    (void)state;
    expect(NODE_TESTING, NOW("suspend"), "'' started suspend suspending");
    expect_after(SUSPEND_RESUMED, 3, "done ready");
    assert_string_equal(decision.log,
                        "3 words of memory are not what was written");
    expect(NODE_SHUTDOWN, "suspend", "'' - suspend suspending");
    expect_after(SUSPEND_REFUSED, 1, "- ready");
    assert_counters(2, 1, 0, 4);
}

/* --- what lives on ---------------------------------------------------------*/

static void a_pending_command_lives_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        start(state);
        expect(NODE_TESTING, CATCH("mine", "halt"), "'' armed - armed");
        control_suspend_event(&control, &decision);
        expect_after(outcomes[i], 0, "- armed");
        expect(NODE_SHUTDOWN, "reboot", "'mine' done halt stopping");
    }
}

static void a_suspend_does_not_repeat_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        start(state);
        expect(NODE_TESTING, CATCH("", "suspend"), "'' armed - armed");
        expect_and(NODE_SHUTDOWN, "halt", "'' - suspend suspending",
                   ACKNOWLEDGED);
        expect_after(outcomes[i], 0,
                     i == SUSPEND_REFUSED ? "failed ready" : "done ready");
        expect(NODE_SHUTDOWN, "", "- - - ready");
        expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
    }
}

static void text_that_the_vm_wrote_stays_its_own(void **state)
{
    (void)state;
    write_own("suspend", ACKNOWLEDGED);
    control_suspend_event(&control, &decision);
    expect_after(SUSPEND_CANCELLED, 0, "- ready");
    expect(NODE_SHUTDOWN, "suspend", "- - - ready");
    expect(NODE_SHUTDOWN, "", "- - - ready");
    expect(NODE_SHUTDOWN, "suspend", "'' - suspend suspending");
}

static void text_that_stays_is_not_executed_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        start(state);
        expect_and(NODE_TESTING, NOW("suspend"),
                   "'' started suspend suspending", ACKNOWLEDGE_REFUSED);
        expect_after(outcomes[i], 0,
                     i == SUSPEND_REFUSED ? "failed ready" : "done ready");
        expect(NODE_TESTING, NOW("suspend"), "again'' - - ready");
        assert_int_equal(control.counters[SUSPENDS], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_has_no_answer),
        TEST(a_suspend_of_now_is_answered_twice),
        TEST(a_suspend_of_onshutdown_is_answered_at_its_end),
        TEST(unknown_members_are_named_once),
        TEST(an_answer_is_given_once),
        TEST(the_longest_id_comes_back),
        TEST(an_event_channel_asks_for_no_acknowledgement),
        TEST(an_event_channel_leaves_the_pending_command_alone),
        TEST(outcomes_are_counted),
        TEST(changed_memory_is_counted_and_logged),
        TEST(a_pending_command_lives_on),
        TEST(a_suspend_does_not_repeat_itself),
        TEST(text_that_the_vm_wrote_stays_its_own),
        TEST(text_that_stays_is_not_executed_again),
    };

    return cmocka_run_group_tests_name("control_suspend", tests, NULL, NULL);
}
