/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of decide/control: a decision written in four words.
 *
 * The first word is how to acknowledge: 'text', delete, or - for not at all;
 * again'' if it was tried before. The others are the answer's result, the
 * action that is done, and the state; - stands for nothing. In texts, ' stands
 * for ". A decision at the end of an action has two words: the answer's result,
 * and the state.
 */
#ifndef TESTS_UNIT_CONTROL_H
#define TESTS_UNIT_CONTROL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decide/control.h"
#include "lib/json.h"
#include "lib/macros.h"

#define BOOT_NS 1234567890123
#define MS      UINT64_C(1000000) /* in ns */

static struct control control;
static struct decision decision;
static struct json answer; /* the newest answer */
static uint64_t now_ns;

/* --- reading a decision ----------------------------------------------------*/

/* A member of the answer, as written there. */
static inline struct text member(const char *name)
{
    for (uint16_t i = 1; i < answer.value_count;
         i = answer.values[i + 1].next) {
        if (text_is(json_raw(&answer, &answer.values[i]), name))
            return json_raw(&answer, &answer.values[i + 1]);
    }
    return TEXT("-");
}

static inline void assert_member(const char *name, const char *expected)
{
    struct text text = member(name);

    if (!text_is(text, expected))
        fail_msg("%s is %.*s, not %s", name, (int)text.size, text.bytes,
                 expected);
}

static inline const char *acknowledgement(void)
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

static inline const char *result(void)
{
    static char words[16];
    struct text text = member("result");

    snprintf(words, sizeof(words), "%.*s", (int)text.size, text.bytes);
    return words;
}

/* Check the rules for every decision. */
static inline void check_texts(unsigned int seq_before)
{
    const char *why;

    for (const char *at = decision.log; *at != '\0'; at++)
        assert_true((unsigned char)*at >= ' ');
    assert_true(strlen(decision.log) < sizeof(decision.log) - 1);
    if (decision.answer[0] == '\0') {
        assert_int_equal(control.steps.seq, seq_before);
        answer.value_count = 0;
        return;
    }
    assert_true(strlen(decision.answer) <= 2048);
    if (json_parse(&answer, text_of(decision.answer), &why) != 0)
        fail_msg("%s: %s", why, decision.answer);
    assert_int_equal(control.steps.seq, seq_before + 1);
    assert_int_equal(strtoul(member("seq").bytes, NULL, 10), control.steps.seq);
}

/* Check the rules for every decision about a message. */
static inline void check_decision(unsigned int seq_before)
{
    const struct acknowledgement *ack = &decision.acknowledgement;
    bool news = (ack->wanted && !ack->again) || decision.answer[0] != '\0' ||
                decision.act;

    /* The answer comes later: now the decision is only logged. */
    news =
        news || strstr(decision.log, " waits: a command is in work") ||
        (decision.state == STATE_WAITING && strstr(decision.log, " caught "));
    assert_int_equal(decision.log[0] != '\0', news);
    assert_false(decision.read_again);
    check_texts(seq_before);
}

static inline const char *decided_words(void)
{
    static char words[COMMAND_ACK_MAX + 64];

    snprintf(words, sizeof(words), "%s %s %s %s", acknowledgement(), result(),
             decision.act && decision.action != ACTION_IGNORE
                 ? action_rows[decision.action].name
                 : "-",
             state_names[decision.state]);
    return words;
}

static inline void assert_words(const char *what, const char *words)
{
    const char *decided = decided_words();

    if (strcmp(decided, words) != 0)
        fail_msg("%s: %s, not %s", what, decided, words);
}

/* --- messages --------------------------------------------------------------*/

/* A copy on the heap, so that the sanitizer finds overruns. */
static inline struct text copy_of(struct text text)
{
    char *copy = malloc(text.size > 0 ? text.size : 1);

    for (size_t i = 0; i < text.size; i++)
        copy[i] = text.bytes[i] == '\'' ? '"' : text.bytes[i];
    return (struct text){copy, text.size};
}

/* The message must stay valid until the next one, for its acknowledgement. */
static struct text last_message;

/* The node had an event and holds `text`. Returns the decision's words. */
static inline const char *decide_text(enum node node, struct text text)
{
    unsigned int seq = control.steps.seq;

    free((void *)(uintptr_t)last_message.bytes);
    last_message = copy_of(text);
    memset(&decision, 0xaa, sizeof(decision));
    control_message(&control, node, last_message, now_ns, &decision);
    check_decision(seq);
    if (decision.acknowledgement.wanted) {
        assert_int_equal(decision.acknowledgement.node, node);
        assert_true(text_equal(decision.acknowledgement.message, last_message));
    }
    return decided_words();
}

static inline const char *decide(enum node node, const char *text)
{
    return decide_text(node, text_of(text));
}

/* node + text = words */
static inline void expect(enum node node, const char *text, const char *words)
{
    char what[64];

    (void)decide(node, text);
    snprintf(what, sizeof(what), "%s \"%.30s\"", node_paths[node], text);
    assert_words(what, words);
}

/* The decision was carried out. */
static inline void carried_out(enum acknowledged how)
{
    control_acknowledged(&control, &decision, how, now_ns);
}

/* The same; the wanted acknowledgement had this result. */
static inline void expect_and(enum node node, const char *text,
                              const char *words, enum acknowledged how)
{
    expect(node, text, words);
    carried_out(how);
}

/* The message was withdrawn. `words` is the decision made instead. */
static inline void expect_withdrawn(const char *words)
{
    assert_true(decision.acknowledgement.needed);
    control_withdrawn(&control, &decision);
    check_texts(control.steps.seq);
    assert_non_null(strstr(decision.log, " was withdrawn: nothing is done"));
    assert_words("withdrawn", words);
    carried_out(ACKNOWLEDGED);
}

/* --- what comes by itself --------------------------------------------------*/

static inline void pass(uint64_t ns)
{
    now_ns += ns;
}

/* The next decision without a message has these words. */
static inline void expect_next_and(const char *words, enum acknowledged how)
{
    unsigned int seq = control.steps.seq;

    memset(&decision, 0xaa, sizeof(decision));
    if (!control_next(&control, now_ns, &decision))
        fail_msg("no decision, expected: %s", words);
    assert_false(decision.read_again);
    check_texts(seq);
    assert_words("next", words);
    carried_out(how);
}

static inline void expect_next(const char *words)
{
    expect_next_and(words, ACKNOWLEDGED);
}

static inline void expect_nothing(void)
{
    if (control_next(&control, now_ns, &decision))
        fail_msg("expected no decision, got: %s: %s", decided_words(),
                 decision.log);
}

static inline void expect_read_again(void)
{
    unsigned int seq = control.steps.seq;

    memset(&decision, 0xaa, sizeof(decision));
    assert_true(control_next(&control, now_ns, &decision));
    check_texts(seq);
    assert_true(decision.read_again);
    assert_string_equal(result(), "-");
    assert_false(decision.acknowledgement.wanted);
    assert_false(decision.act);
    carried_out(ACKNOWLEDGED);
}

/* Nothing is decided for `ms` milliseconds, to the last ns; then they have
 * passed. */
static inline void expect_wait(unsigned int ms)
{
    expect_nothing();
    assert_int_equal(control_deadline(&control), now_ns + ms * MS);
    pass(ms * MS - 1);
    expect_nothing();
    pass(1);
}

static inline void expect_no_deadline(void)
{
    expect_nothing();
    assert_true(control_deadline(&control) == TIME_NEVER);
}

/* --- ends ------------------------------------------------------------------*/

static inline void assert_end(const char *words)
{
    char decided[64];

    assert_false(decision.acknowledgement.wanted);
    assert_false(decision.act);
    assert_false(decision.read_again);
    snprintf(decided, sizeof(decided), "%s %s", result(),
             state_names[decision.state]);
    assert_string_equal(decided, words);
    carried_out(ACKNOWLEDGED);
}

/* A suspend has ended; the decision has these words. */
static inline void expect_after(enum suspended how, unsigned int memory_errors,
                                const char *words)
{
    unsigned int seq = control.steps.seq;

    memset(&decision, 0xaa, sizeof(decision));
    control_suspended(&control, how, memory_errors, &decision);
    check_texts(seq);
    assert_int_equal(decision.log[0] != '\0', memory_errors > 0);
    assert_end(words);
}

/* The action on the track has ended; the decision has these words. */
static inline void expect_over(enum track track, const char *error,
                               const char *detail, const char *words)
{
    const struct outcome outcome = {.error = error, .detail = detail};
    unsigned int seq = control.steps.seq;

    memset(&decision, 0xaa, sizeof(decision));
    control_finished(&control, track, &outcome, &decision);
    check_texts(seq);
    assert_end(words);
}

static inline void expect_done(enum track track, const char *words)
{
    expect_over(track, NULL, NULL, words);
}

/* --- start -----------------------------------------------------------------*/

static unsigned int mib_fits;

static inline unsigned int mib_max(void)
{
    return mib_fits;
}

static inline void restart(void)
{
    mib_fits = 100;
    now_ns = BOOT_NS;
    control_start(&control, mib_max);
}

static inline int start(void **state)
{
    (void)state;
    restart();
    return 0;
}

#define NOW(action)   "{'when':'now','action':'" action "'}"
#define LATER(action) "{'when':'onshutdown','action':'" action "'}"
#define CATCH(ack, action)                                                     \
    "{'when':'onshutdown','ack':'" ack "','action':'" action "'}"

/* The VM has answered a request by writing `text`. */
static inline void write_own(const char *text, enum acknowledged how)
{
    char command[COMMAND_ACK_MAX + 100];
    char words[COMMAND_ACK_MAX + 100];

    snprintf(command, sizeof(command), CATCH("%s", "ignore"), text);
    snprintf(words, sizeof(words), "'%s' done - ready", text);
    expect_and(NODE_TESTING, command, "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "probe", words, how);
}

#define TEST(name) cmocka_unit_test_setup(name, start)

#endif
