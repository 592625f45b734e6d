/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: commands and their answers.
 */
#include "tests/unit/control.h"

/* --- commands --------------------------------------------------------------*/

static void a_refused_command_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "jump",
        "{",
        "{}",
        NOW("jump"),
        "{'when':'now'}",
        "[]",
        "[" NOW("ignore") "," NOW("jump") "]",
    };
    static struct control before, after;

    (void)state;
    write_own("own", ACKNOWLEDGED);
    expect(NODE_DATA_TESTING,
           "{'when':'onshutdown','ack':'mine','action':'halt','id':'a1'}",
           "'' armed - armed");
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        before = control;
        expect(NODE_TESTING, texts[i], "'' refused - armed");
        after = control;
        assert_int_equal(after.counters[COUNTER_REFUSED],
                         before.counters[COUNTER_REFUSED] + 1);
        after.counters[COUNTER_REFUSED] = before.counters[COUNTER_REFUSED];
        after.steps.seq = before.steps.seq;
        memcpy(&after.texts.handled, &before.texts.handled,
               sizeof(after.texts.handled));
        memcpy(&after.handled_size, &before.handled_size,
               sizeof(after.handled_size));
        after.newer = before.newer;
        assert_memory_equal(&after, &before, sizeof(after));
    }
    expect(NODE_SHUTDOWN, "own", "- - - armed");
    expect(NODE_SHUTDOWN, "reboot", "'mine' done halt stopping");
    assert_true(text_is(member("id"), "a1"));
}

static void a_newer_command_replaces_the_pending_one(void **state)
{
    (void)state;
    expect(NODE_TESTING,
           "{'when':'onshutdown','ack':'long one','action':'halt','id':'a1'}",
           "'' armed - armed");
    expect(NODE_DATA_TESTING, CATCH("x", "crash"), "'' armed - armed");
    expect(NODE_SHUTDOWN, "reboot", "'x' done crash stopping");
    assert_true(text_is(member("id"), "-"));
}

static void now_and_ignore_cancel(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("crash"), "'' armed - armed");
    expect(NODE_TESTING, NOW("ignore"), "'' done - ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void now_clears_what_is_pending_even_if_it_fails(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("crash"), "'' armed - armed");
    expect(NODE_TESTING, NOW("suspend"), "'' started suspend suspending");
    expect_after(SUSPEND_REFUSED, 0, "failed ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void a_command_fires_once(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("ignore"), "'' armed - armed");
    expect(NODE_SHUTDOWN, "reboot", "'' done - ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void now_ignores_its_ack(void **state)
{
    (void)state;
    expect(NODE_TESTING, "{'when':'now','ack':'none','action':'ignore'}",
           "'' done - ready");
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void sysrq_c_crashes_and_others_are_ignored(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("reboot"), "'' armed - armed");
    expect_and(NODE_SYSRQ, "s", "'' - - armed", ACKNOWLEDGED);
    expect_and(NODE_SYSRQ, "cc", "'' - - armed", ACKNOWLEDGED);
    expect_and(NODE_SYSRQ, "reboot", "'' - - armed", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_SYSRQ, "c", "'' - crash stopping", ACKNOWLEDGED);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 0);
}

static void everything_is_counted(void **state)
{
    (void)state;
    expect_and(NODE_TESTING, LATER("ignore"), "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_TESTING, NOW("ignore"), "'' done - ready", ACKNOWLEDGED);
    expect_and(NODE_TESTING, "jump", "'' refused - ready", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "suspend", "'' - suspend suspending",
               ACKNOWLEDGED);
    expect_after(SUSPEND_RESUMED, 0, "- ready");
    expect(NODE_SHUTDOWN, "", "- - - ready");
    write_own("own", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "own", "- - - ready");
    assert_int_equal(control.counters[COUNTER_COMMANDS], 3);
    assert_int_equal(control.counters[COUNTER_REFUSED], 1);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 3);
    assert_int_equal(control.steps.seq, 5);
    start(state);
    assert_int_equal(control.counters[COUNTER_COMMANDS], 0);
    assert_int_equal(control.steps.seq, 0);
}

/* --- answers ---------------------------------------------------------------*/

static void answers_look_as_documented(void **state)
{
    (void)state;
    control.steps.seq = 6;
    decide(NODE_TESTING, "{'when':'onshutdown','action':'ignore','id':'a1'}");
    assert_string_equal(decision.answer,
                        "{\"seq\": 7, \"id\": \"a1\", \"result\": \"armed\"}");
    decide(NODE_SHUTDOWN, "halt");
    assert_string_equal(decision.answer,
                        "{\"seq\": 8, \"id\": \"a1\", \"result\": \"done\"}");
    decide(NODE_TESTING, NOW("jump"));
    assert_string_equal(decision.answer,
                        "{\"seq\": 9, \"result\": \"refused\", "
                        "\"error\": \"unknown action: \\\"jump\\\"\"}");
    decide(NODE_TESTING, "{'when':'now','id':'a2'}");
    assert_string_equal(decision.answer,
                        "{\"seq\": 10, \"id\": \"a2\", \"result\": "
                        "\"refused\", \"error\": \"action is missing\"}");
    assert_non_null(strstr(decision.log, "action is missing"));
}

static void unknown_members_are_named_in_answer_and_log(void **state)
{
    (void)state;
    decide(NODE_TESTING, "{'x':1,'when':'now','action':'ignore'}");
    assert_string_equal(decision.answer, "{\"seq\": 1, \"result\": \"done\", "
                                         "\"ignored\": [\"x\"]}");
    assert_non_null(strstr(decision.log, "\"x\""));
    decide(NODE_TESTING, "{'x':1,'y\\n':1,'z':1,'\\'':1,'when':'onshutdown',"
                         "'action':'halt'}");
    assert_true(
        text_is(member("ignored"), "[\"x\", \"y\\n\", \"z\", \"\\\"\"]"));
    assert_non_null(strstr(decision.log, "\"x\", \"y\\n\", \"z\", \"\\\"\""));
    decide(NODE_TESTING, "{'a':1,'b':1,'c':1,'d':1,'e':1,'when':'now',"
                         "'action':'ignore'}");
    assert_true(
        text_is(member("ignored"), "[\"a\", \"b\", \"c\", \"d\", \"...\"]"));
}

static void assert_text_ends(struct text text, const char *end)
{
    size_t size = strlen(end);

    assert_in_range(text.size, size, SIZE_MAX);
    assert_memory_equal(text.bytes + text.size - size, end, size);
}

/* DEL is one byte in a message, and six escaped bytes in an answer. */
static void the_longest_answers_are_whole(void **state)
{
    char del[201] = "";
    char text[COMMAND_TEXT_MAX + 1];

    (void)state;
    control.steps.seq = UINT32_MAX - 10;
    memset(del, 0x7f, sizeof(del) - 1);
    snprintf(text, sizeof(text),
             "{'id':'%.64s','when':'now','action':'suspend','1%.200s':1,"
             "'2%.200s':1,'3%.200s':1,'4%.200s':1,'5':1}",
             del, del, del, del, del);
    expect(NODE_TESTING, text, "'' started suspend suspending");
    assert_int_equal(member("id").size, 64 * 6);
    expect_after(SUSPEND_REFUSED, 0, "failed ready");
    assert_int_equal(member("id").size, 64 * 6);
    snprintf(text, sizeof(text),
             "{'id':'%.64s','when':'now','action':'%.200s'}", del, del);
    expect(NODE_TESTING, text, "'' refused - ready");
    assert_int_equal(member("id").size, 64 * 6);
    assert_text_ends(member("error"), "\\\\u007f...\\\"");
    memset(del, '\\', sizeof(del) - 1);
    snprintf(text, sizeof(text),
             "{'id':'%.64s','when':'%.200s%.200s','action':'halt'}", del, del,
             del);
    expect(NODE_TESTING, text, "'' refused - ready");
    assert_text_ends(member("error"), "\\\\...\\\"");
}

/* However long the texts in it are, and however they are escaped. */
static void a_log_line_names_everything_that_is_done(void **state)
{
    static char request[CONTROL_TEXT_MAX + 1];
    char text[COMMAND_TEXT_MAX + 1];

    (void)state;
    memset(request, 0x7f, sizeof(request) - 1);
    for (unsigned int i = 0; i < 2; i++) {
        snprintf(text, sizeof(text),
                 "{'when':'onshutdown','ack':'%.256s','action':'suspend',"
                 "'1%.200s':1,'2%.200s':1,'3%.200s':1,'4%.200s':1,'5':%u}",
                 request, request, request, request, request, i);
        expect(NODE_DATA_TESTING, text, "'' armed - armed");
        assert_non_null(strstr(decision.log, "\\u007f...\", then suspend; "
                                             "unknown members ignored: \"1"));
        assert_text_ends(text_of(decision.log), "\\u007f...\", \"...\"");
    }
    decide(NODE_SHUTDOWN, request);
    assert_non_null(
        strstr(decision.log, "\\u007f...\" caught by the pending command: "));
    assert_text_ends(text_of(decision.log), "\\u007f...\", then suspend");
    control_suspended(&control, SUSPEND_CANCELLED, 0, &decision);
    decide(NODE_SHUTDOWN, request);
    assert_text_ends(text_of(decision.log),
                     "\\u007f...\" is unknown: acknowledged and ignored");
    decide(NODE_SYSRQ, request);
    assert_text_ends(text_of(decision.log),
                     "\\u007f...\": acknowledged and ignored");
    snprintf(text, sizeof(text), "{'when':'now','action':'%.1900s'}", request);
    decide(NODE_TESTING, text);
    assert_text_ends(text_of(decision.log), "\\u007f...\"");
}

static void a_name_is_cut_at_40_bytes_and_shows_it(void **state)
{
    static const size_t sizes[] = {40, 41, 64, 65, 300};
    char name[301];
    char text[400];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        const char *end = sizes[i] > 40 ? "nnn...\"" : "nnn\"";

        memset(name, 'n', sizes[i]);
        name[sizes[i]] = '\0';
        snprintf(text, sizeof(text), "{'%s':1,'when':'now','action':'ignore'}",
                 name);
        decide(NODE_TESTING, text);
        name[40] = '\0';
        assert_non_null(strstr(decision.answer, name));
        assert_non_null(strstr(decision.answer, end));
        assert_non_null(strstr(decision.log, end));
    }
}

static void a_request_is_cut_at_200_bytes_in_the_log(void **state)
{
    static char text[CONTROL_TEXT_MAX + 1];

    (void)state;
    memset(text, 0x1f, sizeof(text) - 1);
    expect(NODE_TESTING, CATCH("\\u0001\\u0001", "halt"), "'' armed - armed");
    decide(NODE_SHUTDOWN, text);
    assert_true(strlen(decision.log) < sizeof(decision.log));
    memset(text, 't', sizeof(text) - 1);
    decide(NODE_SHUTDOWN, text);
    assert_non_null(strstr(decision.log, "ttt...\""));
    text[201] = '\0';
    assert_null(strstr(decision.log, text));
    assert_non_null(strstr(decision.log, text + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refused_command_changes_nothing),
        TEST(a_newer_command_replaces_the_pending_one),
        TEST(now_and_ignore_cancel),
        TEST(now_clears_what_is_pending_even_if_it_fails),
        TEST(a_command_fires_once),
        TEST(now_ignores_its_ack),
        TEST(sysrq_c_crashes_and_others_are_ignored),
        TEST(everything_is_counted),
        TEST(answers_look_as_documented),
        TEST(unknown_members_are_named_in_answer_and_log),
        TEST(the_longest_answers_are_whole),
        TEST(a_log_line_names_everything_that_is_done),
        TEST(a_name_is_cut_at_40_bytes_and_shows_it),
        TEST(a_request_is_cut_at_200_bytes_in_the_log),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
