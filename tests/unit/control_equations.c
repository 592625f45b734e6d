/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: every pending command + every event = the decision
 * that docs/control-protocol.md describes.
 */
#include "tests/unit/actions.h"
#include "tests/unit/control.h"

enum kind {
    NOTHING,
    REQUEST,
    UNKNOWN,
    NOW_COMMAND,
    LATER_COMMAND,
    BAD_COMMAND,
};

/*
 * K and A: ack and action of the pending command; k and a: those of the event;
 * "all": with and without a pending command. "done" may come after "started".
 */
static const struct equation {
    const char *pending;
    enum kind event;
    const char *ack, *answer, *action;
    const char *then; /* the command that is pending afterwards */
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

/* A pair is an ack and an action, as one number. */
#define PAIR_COUNT (ARRAY_COUNT(acks) * ARRAY_COUNT(actions))
#define NO_PAIR    PAIR_COUNT

static const char *word_of(size_t pair)
{
    return pair == NO_PAIR ? "-" : actions[pair / ARRAY_COUNT(acks)].word;
}

static enum deed deed(size_t pair)
{
    return deed_of(word_of(pair));
}

/* Whether the action has another answer at its end. */
static bool has_end(size_t pair)
{
    return deed(pair) == DEED_QUICK || deed(pair) == DEED_SUSPEND ||
           deed(pair) == DEED_WORK;
}

/* The answer of a command when its action begins. */
static const char *answer_of(size_t pair, bool now)
{
    if (!has_end(pair))
        return "done";
    return now && deed(pair) != DEED_QUICK ? "started" : "-";
}

/* The words of the action and the state. The state is `else_state` if the
 * action does not set one. */
static const char *done_words(size_t pair, const char *else_state)
{
    static char words[64];

    snprintf(words, sizeof(words), "%s %s",
             deed(pair) == DEED_NOTHING ? "-" : word_of(pair),
             deed(pair) == DEED_STOP      ? "stopping"
             : deed(pair) == DEED_SUSPEND ? "suspending"
             : deed(pair) == DEED_WORK    ? "busy"
                                          : else_state);
    return words;
}

static const char *command_of(const char *when, size_t pair)
{
    static char text[120];

    snprintf(text, sizeof(text), "{'when':'%s','ack':'%s','action':'%s'%s}",
             when, acks[pair % ARRAY_COUNT(acks)].word, word_of(pair),
             actions[pair / ARRAY_COUNT(acks)].needs);
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
        expect(NODE_SHUTDOWN, word_of(pair), words);
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

/* End the action. `command`: a command asked for it, so there is an answer.
 * SUSPEND_REFUSED makes other actions fail too. */
static void check_end(size_t pair, enum suspended how, bool command,
                      const char *state)
{
    const char *error = how == SUSPEND_REFUSED ? "EACCES" : NULL;
    char words[64];

    snprintf(words, sizeof(words), "%s %s",
             !command ? "-"
             : error  ? "failed"
                      : "done",
             state);
    if (deed(pair) == DEED_SUSPEND)
        expect_after(how, 0, words);
    else if (has_end(pair))
        expect_over(deed(pair) == DEED_WORK ? TRACK_WORK : TRACK_MAIN, error,
                    NULL, words);
}

/*
 * Arm `pending`, let `event` come, and compare. Then check which command is
 * pending. An action that takes time ends with `how`.
 */
static void check_equation(const struct equation *equation, size_t pending,
                           size_t event, enum suspended how)
{
    bool same = strcmp(equation->then, "same") == 0;
    size_t then = same ? pending : equation->then[0] == 'k' ? event : NO_PAIR;
    size_t doer = equation->action[0] == 'A'   ? pending
                  : equation->action[0] == 'a' ? event
                                               : NO_PAIR;
    const char *state = then == NO_PAIR ? "ready" : "armed";
    bool command = equation->answer[0] == 'd';
    char words[100];

    restart();
    if (pending != NO_PAIR)
        expect_and(NODE_TESTING, command_of("onshutdown", pending),
                   "'' armed - armed", ACKNOWLEDGED);
    snprintf(words, sizeof(words), "%s %s %s",
             equation->ack[0] == 'K' ? acks[pending % ARRAY_COUNT(acks)].told
                                     : equation->ack,
             command ? answer_of(doer, equation->event == NOW_COMMAND)
                     : equation->answer,
             done_words(doer, state));
    expect_event(equation->event, event, words);
    check_end(doer, how, command, state);
    assert_int_equal(control_state(&control),
                     then == NO_PAIR ? STATE_READY : STATE_ARMED);
    snprintf(words, sizeof(words), "%s %s %s",
             then == NO_PAIR ? "''" : acks[then % ARRAY_COUNT(acks)].told,
             then == NO_PAIR ? "-" : answer_of(then, false),
             done_words(then, "ready"));
    expect(NODE_SHUTDOWN, "probe", words);
    check_end(then, how, true, "ready");
    assert_int_equal(control_state(&control), STATE_READY);
}

/* Whether this event exists. Events of some kinds have a pair, the same as the
 * pending command or one of their own. */
static bool is_event(enum kind kind, size_t pair)
{
    if (kind == NOW_COMMAND || kind == LATER_COMMAND)
        return true;
    if (kind == REQUEST)
        return pair % ARRAY_COUNT(acks) == 0 &&
               actions[pair / ARRAY_COUNT(acks)].is_request;
    return pair == 0;
}

static void every_equation_holds(void **state)
{
    /* No text, an unknown text and a bad command; both kinds of command. */
    unsigned int events = 3 + 2 * PAIR_COUNT, count = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
        events += actions[i].is_request;
    for (size_t i = 0; i < ARRAY_COUNT(equations); i++) {
        const struct equation *equation = &equations[i];

        for (size_t pending = 0; pending <= NO_PAIR; pending++) {
            if (strcmp(equation->pending,
                       pending == NO_PAIR ? "K A" : "none") == 0)
                continue;
            for (size_t event = 0; event < PAIR_COUNT; event++) {
                if (!is_event(equation->event, event))
                    continue;
                for (enum suspended how = 0; how <= SUSPEND_REFUSED; how++) {
                    if (how == 0 || has_end(pending) || has_end(event))
                        check_equation(equation, pending, event, how);
                }
                count++;
            }
        }
    }
    assert_int_equal(count, (PAIR_COUNT + 1) * events);
}

/* The pending command, the counters and the answers must be unchanged. */
static void check_withdrawn(size_t pending, const char *request)
{
    const char *state = pending == NO_PAIR ? "ready" : "armed";
    unsigned int seq;
    char words[100];

    restart();
    if (pending != NO_PAIR)
        expect_and(NODE_TESTING, command_of("onshutdown", pending),
                   "'' armed - armed", ACKNOWLEDGED);
    seq = control.steps.seq;
    (void)decide(NODE_SHUTDOWN, request);
    if (!decision.acknowledgement.wanted) {
        assert_string_equal(acks[pending % ARRAY_COUNT(acks)].told, "-");
        return;
    }
    snprintf(words, sizeof(words), "- - - %s", state);
    expect_withdrawn(words);
    assert_int_equal(control.steps.seq, seq);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 0);
    assert_int_equal(control.counters[COUNTER_WITHDRAWN], 1);
    expect_no_deadline();
    snprintf(words, sizeof(words), "%s %s %s",
             pending == NO_PAIR ? "''" : acks[pending % ARRAY_COUNT(acks)].told,
             pending == NO_PAIR ? "-" : answer_of(pending, false),
             done_words(pending, "ready"));
    expect(NODE_SHUTDOWN, "probe", words);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 1);
}

static void a_withdrawn_request_changes_nothing(void **state)
{
    (void)state;
    for (size_t pending = 0; pending <= NO_PAIR; pending++) {
        for (size_t i = 0; i < ARRAY_COUNT(actions); i++)
            check_withdrawn(pending, actions[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_equation_holds),
        TEST(a_withdrawn_request_changes_nothing),
    };

    return cmocka_run_group_tests_name("control_equations", tests, NULL, NULL);
}
