/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/control: state + event = decision.
 *
 * A decision is told in four words: how to acknowledge ('text', delete, or -
 * for not at all; again'' when tried before), the answer's result, the action
 * that is done, and the state; - for nothing. In texts, ' stands for ".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/control.h"
#include "lib/json.h"
#include "lib/macros.h"

static struct control control;
static struct decision decision;
static struct json answer; /* the newest */

/* --- decisions as words ----------------------------------------------------
 */

/* A member of the answer, as it stands there. */
static struct text member(const char *name)
{
    for (uint16_t i = 1; i < answer.value_count;
         i = answer.values[i + 1].next) {
        if (text_is(json_raw(&answer, &answer.values[i]), name))
            return json_raw(&answer, &answer.values[i + 1]);
    }
    return TEXT("-");
}

static const char *acknowledgement(void)
{
    static char words[COMMAND_ACK_MAX + 16];
    const struct acknowledgement *ack = &decision.acknowledgement;

    if (!ack->wanted)
        return "-";
    if (ack->how == ACK_DELETE)
        return "delete";
    assert_int_equal(ack->how, ACK_WRITE);
    snprintf(words, sizeof(words), "%s'%.*s'", ack->again ? "again" : "",
             (int)ack->text.size, ack->text.bytes);
    return words;
}

static const char *result(void)
{
    static char words[16];
    struct text text = member("result");

    snprintf(words, sizeof(words), "%.*s", (int)text.size, text.bytes);
    return words;
}

/* What is true of every decision. */
static void check_decision(unsigned int seq_before)
{
    const struct acknowledgement *ack = &decision.acknowledgement;
    bool news = (ack->wanted && !ack->again) || decision.answer[0] != '\0' ||
                decision.act;
    const char *why;

    assert_int_equal(decision.log[0] != '\0', news);
    for (const char *at = decision.log; *at != '\0'; at++)
        assert_true((unsigned char)*at >= ' ');
    if (decision.answer[0] == '\0') {
        assert_int_equal(control.seq, seq_before);
        answer.value_count = 0;
        return;
    }
    assert_true(strlen(decision.answer) <= 1536);
    if (json_parse(&answer, text_of(decision.answer), &why) != 0)
        fail_msg("%s: %s", why, decision.answer);
    assert_int_equal(control.seq, seq_before + 1);
    assert_int_equal(strtoul(member("seq").bytes, NULL, 10), control.seq);
}

/* The node had an event and holds the text: this is decided. */
static const char *decide_text(enum node node, struct text text)
{
    static char words[COMMAND_ACK_MAX + 64];
    unsigned int seq = control.seq;
    char *copy = malloc(text.size + 1); /* so that any overrun is seen */

    for (size_t i = 0; i < text.size; i++)
        copy[i] = text.bytes[i] == '\'' ? '"' : text.bytes[i];
    copy = realloc(copy, text.size > 0 ? text.size : 1);
    memset(&decision, 0xaa, sizeof(decision));
    control_message(&control, node, (struct text){copy, text.size}, &decision);
    free(copy);
    check_decision(seq);
    snprintf(words, sizeof(words), "%s %s %s %s", acknowledgement(), result(),
             decision.act && action_rows[decision.action].stops
                 ? action_rows[decision.action].name
                 : "-",
             state_names[decision.state]);
    return words;
}

static const char *decide(enum node node, const char *text)
{
    return decide_text(node, text_of(text));
}

/* node + text = words */
static void expect(enum node node, const char *text, const char *words)
{
    const char *decided = decide(node, text);

    if (strcmp(decided, words) != 0)
        fail_msg("%s \"%s\": %s, not %s", node_paths[node], text, decided,
                 words);
}

/* The same, and the acknowledgement that is wanted goes like this. */
static void expect_and(enum node node, const char *text, const char *words,
                       enum acknowledged result)
{
    expect(node, text, words);
    control_acknowledged(&control, node, &decision, result);
}

static int start(void **state)
{
    (void)state;
    control_start(&control);
    return 0;
}

#define NOW(action)   "{'when':'now','action':'" action "'}"
#define LATER(action) "{'when':'onshutdown','action':'" action "'}"
#define CATCH(ack, action)                                                     \
    "{'when':'onshutdown','ack':'" ack "','action':'" action "'}"

/* --- every pending command + every event = what the page says --------------
 */

enum kind {
    NOTHING,
    REQUEST,
    UNKNOWN,
    NOW_COMMAND,
    LATER_COMMAND,
    BAD_COMMAND,
};

/* K and A: of the pending command; a: of the event; "all": none as well. */
static const struct equation {
    const char *pending;
    enum kind event;
    const char *ack, *answer, *action;
    const char *then; /* what is pending */
} equations[] = {
    {"all", NOTHING, "-", "-", "-", "same"},
    {"none", REQUEST, "''", "-", "a", "none"},
    {"none", UNKNOWN, "''", "-", "-", "none"},
    {"K A", REQUEST, "K", "done", "A", "none"},
    {"K A", UNKNOWN, "K", "done", "A", "none"},
    {"all", NOW_COMMAND, "''", "done", "a", "none"},
    {"all", LATER_COMMAND, "''", "armed", "-", "k a"},
    {"all", BAD_COMMAND, "''", "refused", "-", "same"},
};

static const struct {
    const char *word, *told;
} acks[] = {
    {"ok", "''"}, {"none", "-"}, {"delete", "delete"},
    {"", "''"},   {"x", "'x'"},  {"reboot", "'reboot'"},
};
static const char *const actions[] = {"suspend", "poweroff", "reboot",
                                      "halt",    "crash",    "ignore"};

/* An ack and an action, by one number. */
#define PAIR_COUNT (ARRAY_COUNT(acks) * ARRAY_COUNT(actions))
#define NO_PAIR    PAIR_COUNT

static const char *action_of(size_t pair)
{
    return pair == NO_PAIR ? "-" : actions[pair / ARRAY_COUNT(acks)];
}

/* Suspend is not possible yet. */
static bool fails(size_t pair)
{
    return strcmp(action_of(pair), "suspend") == 0;
}

static bool stops(size_t pair)
{
    return pair != NO_PAIR && !fails(pair) &&
           strcmp(action_of(pair), "ignore") != 0;
}

static const char *command_of(const char *when, size_t pair)
{
    static char text[100];

    snprintf(text, sizeof(text), "{'when':'%s','ack':'%s','action':'%s'}", when,
             acks[pair % ARRAY_COUNT(acks)].word, action_of(pair));
    return text;
}

static void expect_event(enum kind kind, size_t pair, const char *words)
{
    switch (kind) {
    case NOTHING:
        expect(NODE_TESTING, "", words);
        expect(NODE_SHUTDOWN, "", words);
        expect(NODE_SYSRQ, "", words);
        expect(NODE_DATA_TESTING, "", words);
        break;
    case REQUEST:
        expect(NODE_SHUTDOWN, action_of(pair), words);
        break;
    case UNKNOWN:
        expect(NODE_SHUTDOWN, "dance", words);
        break;
    case NOW_COMMAND:
        expect(NODE_DATA_TESTING, command_of("now", pair), words);
        break;
    case LATER_COMMAND:
        expect(NODE_DATA_TESTING, command_of("onshutdown", pair), words);
        break;
    case BAD_COMMAND:
        expect(NODE_DATA_TESTING, "{'when':'now','action':'jump'}", words);
        break;
    }
}

/* Arm `pending`, let `event` come, compare; then see what is pending. */
static void check_equation(const struct equation *equation, size_t pending,
                           size_t event)
{
    bool same = strcmp(equation->then, "same") == 0;
    size_t then = same ? pending : equation->then[0] == 'k' ? event : NO_PAIR;
    size_t doer = equation->action[0] == 'A'   ? pending
                  : equation->action[0] == 'a' ? event
                                               : NO_PAIR;
    char words[100];

    control_start(&control);
    if (pending != NO_PAIR)
        expect_and(NODE_TESTING, command_of("onshutdown", pending),
                   "'' armed - armed", ACKNOWLEDGED);
    snprintf(words, sizeof(words), "%s %s %s %s",
             equation->ack[0] == 'K' ? acks[pending % ARRAY_COUNT(acks)].told
                                     : equation->ack,
             fails(doer) && equation->answer[0] == 'd' ? "failed"
                                                       : equation->answer,
             stops(doer) ? action_of(doer) : "-",
             stops(doer)       ? "stopping"
             : then == NO_PAIR ? "ready"
                               : "armed");
    expect_event(equation->event, event, words);
    assert_int_equal(control_state(&control),
                     then == NO_PAIR ? STATE_READY : STATE_ARMED);
    snprintf(words, sizeof(words), "%s %s %s %s",
             then == NO_PAIR ? "''" : acks[then % ARRAY_COUNT(acks)].told,
             then == NO_PAIR ? "-"
             : fails(then)   ? "failed"
                             : "done",
             stops(then) ? action_of(then) : "-",
             stops(then) ? "stopping" : "ready");
    expect(NODE_SHUTDOWN, "probe", words);
}

/* How many events there are of a kind: each has a pair, the same or its own. */
static bool is_event(enum kind kind, size_t pair)
{
    if (kind == NOW_COMMAND || kind == LATER_COMMAND)
        return true;
    if (kind == REQUEST)
        return pair % ARRAY_COUNT(acks) == 0 &&
               strcmp(action_of(pair), "ignore") != 0;
    return pair == 0;
}

static void every_equation_holds(void **state)
{
    unsigned int count = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(equations); i++) {
        const struct equation *equation = &equations[i];

        for (size_t pending = 0; pending <= NO_PAIR; pending++) {
            if (strcmp(equation->pending,
                       pending == NO_PAIR ? "K A" : "none") == 0)
                continue;
            for (size_t event = 0; event < PAIR_COUNT; event++) {
                if (!is_event(equation->event, event))
                    continue;
                check_equation(equation, pending, event);
                count++;
            }
        }
    }
    assert_int_equal(count, (PAIR_COUNT + 1) * (1 + 5 + 1 + 36 + 36 + 1));
}

/* --- what a request is -----------------------------------------------------
 */

static void absent_and_empty_mean_no_request(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("reboot"), "'' armed - armed");
    for (enum node node = 0; node < NODE_COUNT; node++) {
        assert_string_equal(decide_text(node, (struct text){"", 0}),
                            "- - - armed");
        memset(&decision, 0xaa, sizeof(decision));
        control_message(&control, node, (struct text){NULL, 0}, &decision);
        assert_string_equal(decision.log, "");
        assert_false(decision.acknowledgement.wanted);
        assert_false(decision.act);
    }
    assert_int_equal(control.counters.requests, 0);
}

/* The VM has answered a request by writing `text`. */
static void write_own(const char *text, enum acknowledged result)
{
    char command[COMMAND_ACK_MAX + 100];
    char words[COMMAND_ACK_MAX + 100];

    snprintf(command, sizeof(command), CATCH("%s", "ignore"), text);
    snprintf(words, sizeof(words), "'%s' done - ready", text);
    expect_and(NODE_TESTING, command, "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "probe", words, result);
}

static void text_that_the_vm_wrote_is_no_request(void **state)
{
    (void)state;
    write_own("reboot", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "- - - ready");
    expect(NODE_TESTING, LATER("halt"), "'' armed - armed");
    expect(NODE_SHUTDOWN, "reboot", "- - - armed");
    expect(NODE_SHUTDOWN, "reboot", "- - - armed");
    assert_int_equal(control.counters.requests, 1);
}

static void text_that_the_vm_wrote_is_one_after_something_else(void **state)
{
    (void)state;
    write_own("reboot", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "- - - ready");
    expect(NODE_SHUTDOWN, "", "- - - ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");

    start(state);
    write_own("reboot", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");

    start(state);
    write_own("reboot", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGE_REFUSED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");

    start(state);
    write_own("reboot", ACKNOWLEDGED);
    expect(NODE_TESTING, CATCH("delete", "ignore"), "'' armed - armed");
    expect_and(NODE_SHUTDOWN, "dance", "delete done - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void the_whole_of_the_text_that_the_vm_wrote_counts(void **state)
{
    char own[COMMAND_ACK_MAX + 1] = "";
    char longer[COMMAND_ACK_MAX + 2] = "";

    (void)state;
    memset(own, 'o', COMMAND_ACK_MAX);
    memset(longer, 'o', COMMAND_ACK_MAX + 1);
    write_own(own, ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, own, "- - - ready");
    expect(NODE_SHUTDOWN, longer, "'' - - ready");
    write_own(own, ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, own + 1, "'' - - ready");
}

static void text_that_the_vm_could_not_write_is_a_request(void **state)
{
    (void)state;
    write_own("reboot", ACKNOWLEDGE_REFUSED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
    start(state);
    write_own("reboot", ACKNOWLEDGE_LATE);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void text_left_standing_is_a_request_at_another_event(void **state)
{
    (void)state;
    expect(NODE_TESTING, CATCH("none", "ignore"), "'' armed - armed");
    expect_and(NODE_SHUTDOWN, "halt", "- done - ready", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_SHUTDOWN, "halt", "'' - halt stopping",
               ACKNOWLEDGE_REFUSED);
    expect_and(NODE_SHUTDOWN, "halt", "'' - halt stopping",
               ACKNOWLEDGE_REFUSED);
    assert_int_equal(control.counters.requests, 3);
}

static void a_command_does_not_fire_on_text_handled_before(void **state)
{
    (void)state;
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_TESTING, LATER("halt"), "'' armed - armed", ACKNOWLEDGED);
    expect(NODE_TESTING, "", "- - - armed");
    expect(NODE_SHUTDOWN, "dance", "'' done halt stopping");
}

static void a_newer_request_is_handled_next(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("ignore"), "'' armed - armed");
    expect_and(NODE_SHUTDOWN, "halt", "'' done - ready", ACKNOWLEDGE_LATE);
    expect_and(NODE_SHUTDOWN, "reboot", "'' - reboot stopping", ACKNOWLEDGED);
    assert_int_equal(control.counters.requests, 2);
}

static void unknown_text_is_acknowledged_and_ignored(void **state)
{
    static const char *const texts[] = {
        "reboot ", " reboot", "REBOOT", "reboot\n", "rebootx",
        "s3",      "ignore",  "\xff",   "{}",       NOW("halt"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        expect_and(NODE_SHUTDOWN, texts[i], "'' - - ready", ACKNOWLEDGED);
    assert_string_equal(decide_text(NODE_SHUTDOWN, TEXT("reboot\0")),
                        "'' - - ready");
}

/* --- the testing nodes -----------------------------------------------------
 */

static const enum node testing_nodes[] = {NODE_TESTING, NODE_DATA_TESTING};

static void text_that_stands_is_executed_once(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(testing_nodes); i++) {
        enum node node = testing_nodes[i];

        start(state);
        expect_and(node, LATER("ignore"), "'' armed - armed",
                   ACKNOWLEDGE_REFUSED);
        expect_and(node, LATER("ignore"), "again'' - - armed",
                   ACKNOWLEDGE_REFUSED);
        expect_and(NODE_SHUTDOWN, "halt", "'' done - ready", ACKNOWLEDGED);
        expect_and(node, LATER("ignore"), "again'' - - ready",
                   ACKNOWLEDGE_REFUSED);
        assert_int_equal(control.counters.commands, 1);
        assert_int_equal(control.seq, 2);
    }
}

static void text_that_stands_is_refused_once(void **state)
{
    (void)state;
    expect_and(NODE_TESTING, "jump", "'' refused - ready", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_TESTING, "jump", "again'' - - ready", ACKNOWLEDGE_REFUSED);
    assert_int_equal(control.counters.refused, 1);
    assert_int_equal(control.seq, 1);
}

static void equal_text_is_executed_after_something_else(void **state)
{
    static const enum acknowledged gone[] = {ACKNOWLEDGED, ACKNOWLEDGE_LATE};

    for (size_t i = 0; i < ARRAY_COUNT(testing_nodes); i++) {
        enum node node = testing_nodes[i];

        start(state);
        for (size_t j = 0; j < ARRAY_COUNT(gone); j++) {
            expect_and(node, NOW("ignore"), "'' done - ready", gone[j]);
            expect_and(node, NOW("ignore"), "'' done - ready",
                       ACKNOWLEDGE_REFUSED);
            expect_and(node, NOW("ignore"), "again'' - - ready", gone[j]);
        }
        expect_and(node, NOW("ignore"), "'' done - ready", ACKNOWLEDGE_REFUSED);
        expect(node, "", "- - - ready");
        expect_and(node, NOW("ignore"), "'' done - ready", ACKNOWLEDGE_REFUSED);
        expect_and(node, "jump", "'' refused - ready", ACKNOWLEDGE_REFUSED);
        expect_and(node, NOW("ignore"), "'' done - ready", ACKNOWLEDGE_REFUSED);
        expect_and(node, NOW("ignore"), "again'' - - ready",
                   ACKNOWLEDGE_REFUSED);
    }
}

static void the_testing_nodes_do_not_know_of_each_other(void **state)
{
    (void)state;
    expect_and(NODE_TESTING, NOW("ignore"), "'' done - ready",
               ACKNOWLEDGE_REFUSED);
    expect_and(NODE_DATA_TESTING, NOW("ignore"), "'' done - ready",
               ACKNOWLEDGED);
    expect(NODE_DATA_TESTING, "", "- - - ready");
    expect(NODE_TESTING, NOW("ignore"), "again'' - - ready");
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "", "- - - ready");
    expect(NODE_TESTING, NOW("ignore"), "again'' - - ready");
}

static void texts_are_compared_to_their_last_byte(void **state)
{
    static char text[CONTROL_TEXT_MAX];
    const struct text whole = {text, sizeof(text)};
    const struct text shorter = {text, sizeof(text) - 1};

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_string_equal(decide_text(NODE_TESTING, whole), "'' refused - ready");
    assert_string_equal(decide_text(NODE_TESTING, whole), "again'' - - ready");
    text[sizeof(text) - 1] = 'y';
    assert_string_equal(decide_text(NODE_TESTING, whole), "'' refused - ready");
    assert_string_equal(decide_text(NODE_TESTING, shorter),
                        "'' refused - ready");
}

/* --- commands --------------------------------------------------------------
 */

static void a_refused_command_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "jump", "{", "{}", NOW("jump"), "{'when':'now'}", "[" NOW("halt") "]",
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
        assert_int_equal(after.counters.refused, before.counters.refused + 1);
        after.counters.refused = before.counters.refused;
        after.seq = before.seq;
        memcpy(&after.handled, &before.handled, sizeof(after.handled));
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
    expect(NODE_TESTING, NOW("suspend"), "'' failed - ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void a_command_fires_once(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("ignore"), "'' armed - armed");
    expect(NODE_SHUTDOWN, "reboot", "'' done - ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void now_has_no_use_for_its_ack(void **state)
{
    (void)state;
    expect(NODE_TESTING, "{'when':'now','ack':'none','action':'ignore'}",
           "'' done - ready");
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void suspend_is_not_possible_yet(void **state)
{
    (void)state;
    expect(NODE_SHUTDOWN, "suspend", "'' - - ready");
    assert_non_null(strstr(decision.log, "suspend is not possible yet"));
    expect(NODE_TESTING, NOW("suspend"), "'' failed - ready");
    assert_string_equal(decision.answer,
                        "{\"seq\": 1, \"result\": \"failed\", "
                        "\"error\": \"suspend is not possible yet\"}");
    assert_false(decision.act);
    expect(NODE_TESTING, CATCH("none", "suspend"), "'' armed - armed");
    expect(NODE_SHUTDOWN, "halt", "- failed - ready");
    assert_non_null(strstr(decision.log, "suspend is not possible yet"));
}

static void sysrq_c_crashes_and_others_are_ignored(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("reboot"), "'' armed - armed");
    expect_and(NODE_SYSRQ, "s", "'' - - armed", ACKNOWLEDGED);
    expect_and(NODE_SYSRQ, "cc", "'' - - armed", ACKNOWLEDGED);
    expect_and(NODE_SYSRQ, "reboot", "'' - - armed", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_SYSRQ, "c", "'' - crash stopping", ACKNOWLEDGED);
    assert_int_equal(control.counters.requests, 0);
}

static void everything_is_counted(void **state)
{
    (void)state;
    expect_and(NODE_TESTING, LATER("ignore"), "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_TESTING, NOW("ignore"), "'' done - ready", ACKNOWLEDGED);
    expect_and(NODE_TESTING, "jump", "'' refused - ready", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "suspend", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "", "- - - ready");
    write_own("own", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "own", "- - - ready");
    assert_int_equal(control.counters.commands, 3);
    assert_int_equal(control.counters.refused, 1);
    assert_int_equal(control.counters.requests, 3);
    assert_int_equal(control.seq, 5);
    start(state);
    assert_int_equal(control.counters.commands, 0);
    assert_int_equal(control.seq, 0);
}

/* --- answers ---------------------------------------------------------------
 */

static void answers_read_as_the_page_shows_them(void **state)
{
    (void)state;
    control.seq = 6;
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

/* DEL is one byte in a message and six, escaped, in an answer. */
static void the_longest_answers_are_whole(void **state)
{
    char del[201] = "";
    char text[COMMAND_TEXT_MAX + 1];

    (void)state;
    control.seq = UINT32_MAX - 10;
    memset(del, 0x7f, sizeof(del) - 1);
    snprintf(text, sizeof(text),
             "{'id':'%.64s','when':'now','action':'suspend','1%.200s':1,"
             "'2%.200s':1,'3%.200s':1,'4%.200s':1,'5':1}",
             del, del, del, del, del);
    expect(NODE_TESTING, text, "'' failed - ready");
    snprintf(text, sizeof(text),
             "{'id':'%.64s','when':'now','action':'%.200s'}", del, del);
    expect(NODE_TESTING, text, "'' refused - ready");
    memset(del, '\\', sizeof(del) - 1);
    snprintf(text, sizeof(text),
             "{'id':'%.64s','when':'%.200s','action':'halt'}", del, del);
    expect(NODE_TESTING, text, "'' refused - ready");
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
        cmocka_unit_test_setup(every_equation_holds, start),
        cmocka_unit_test_setup(absent_and_empty_mean_no_request, start),
        cmocka_unit_test_setup(text_that_the_vm_wrote_is_no_request, start),
        cmocka_unit_test_setup(
            text_that_the_vm_wrote_is_one_after_something_else, start),
        cmocka_unit_test_setup(the_whole_of_the_text_that_the_vm_wrote_counts,
                               start),
        cmocka_unit_test_setup(text_that_the_vm_could_not_write_is_a_request,
                               start),
        cmocka_unit_test_setup(text_left_standing_is_a_request_at_another_event,
                               start),
        cmocka_unit_test_setup(a_command_does_not_fire_on_text_handled_before,
                               start),
        cmocka_unit_test_setup(a_newer_request_is_handled_next, start),
        cmocka_unit_test_setup(unknown_text_is_acknowledged_and_ignored, start),
        cmocka_unit_test_setup(text_that_stands_is_executed_once, start),
        cmocka_unit_test_setup(text_that_stands_is_refused_once, start),
        cmocka_unit_test_setup(equal_text_is_executed_after_something_else,
                               start),
        cmocka_unit_test_setup(the_testing_nodes_do_not_know_of_each_other,
                               start),
        cmocka_unit_test_setup(texts_are_compared_to_their_last_byte, start),
        cmocka_unit_test_setup(a_refused_command_changes_nothing, start),
        cmocka_unit_test_setup(a_newer_command_replaces_the_pending_one, start),
        cmocka_unit_test_setup(now_and_ignore_cancel, start),
        cmocka_unit_test_setup(now_clears_what_is_pending_even_if_it_fails,
                               start),
        cmocka_unit_test_setup(a_command_fires_once, start),
        cmocka_unit_test_setup(now_has_no_use_for_its_ack, start),
        cmocka_unit_test_setup(suspend_is_not_possible_yet, start),
        cmocka_unit_test_setup(sysrq_c_crashes_and_others_are_ignored, start),
        cmocka_unit_test_setup(everything_is_counted, start),
        cmocka_unit_test_setup(answers_read_as_the_page_shows_them, start),
        cmocka_unit_test_setup(unknown_members_are_named_in_answer_and_log,
                               start),
        cmocka_unit_test_setup(the_longest_answers_are_whole, start),
        cmocka_unit_test_setup(a_name_is_cut_at_40_bytes_and_shows_it, start),
        cmocka_unit_test_setup(a_request_is_cut_at_200_bytes_in_the_log, start),
    };

    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
