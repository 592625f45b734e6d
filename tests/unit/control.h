/* SPDX-License-Identifier: MIT */
/*
 * What the tests of kernel/control share: a decision is told in words.
 *
 * These are four: how to acknowledge ('text', delete, or - for not at all;
 * again'' when tried before), the answer's result, the action that is done, and
 * the state; - for nothing. In texts, ' stands for ". What is decided after a
 * suspend is told in two: the answer's result, and the state.
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

#include "kernel/control.h"
#include "lib/json.h"
#include "lib/macros.h"

static struct control control;
static struct decision decision;
static struct json answer; /* the newest */

/* A member of the answer, as it stands there. */
static inline struct text member(const char *name)
{
    for (uint16_t i = 1; i < answer.value_count;
         i = answer.values[i + 1].next) {
        if (text_is(json_raw(&answer, &answer.values[i]), name))
            return json_raw(&answer, &answer.values[i + 1]);
    }
    return TEXT("-");
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

/* What is true of every decision, also of one after a suspend. */
static inline void check_texts(unsigned int seq_before)
{
    const char *why;

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

static inline void check_decision(unsigned int seq_before)
{
    const struct acknowledgement *ack = &decision.acknowledgement;
    bool news = (ack->wanted && !ack->again) || decision.answer[0] != '\0' ||
                decision.act;

    assert_int_equal(decision.log[0] != '\0', news);
    check_texts(seq_before);
}

/* The node had an event and holds the text: this is decided. */
static inline const char *decide_text(enum node node, struct text text)
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
             decision.act && decision.action != ACTION_IGNORE
                 ? action_rows[decision.action].name
                 : "-",
             state_names[decision.state]);
    return words;
}

static inline const char *decide(enum node node, const char *text)
{
    return decide_text(node, text_of(text));
}

/* node + text = words */
static inline void expect(enum node node, const char *text, const char *words)
{
    const char *decided = decide(node, text);

    if (strcmp(decided, words) != 0)
        fail_msg("%s \"%s\": %s, not %s", node_paths[node], text, decided,
                 words);
}

/* The same, and the acknowledgement that is wanted goes like this. */
static inline void expect_and(enum node node, const char *text,
                              const char *words, enum acknowledged result)
{
    expect(node, text, words);
    control_acknowledged(&control, node, &decision, result);
}

/* A suspend is over: this is decided. */
static inline void expect_after(enum suspended how, unsigned int memory_errors,
                                const char *words)
{
    unsigned int seq = control.seq;
    char decided[64];

    memset(&decision, 0xaa, sizeof(decision));
    control_suspended(&control, how, memory_errors, &decision);
    check_texts(seq);
    assert_int_equal(decision.log[0] != '\0', memory_errors > 0);
    assert_false(decision.acknowledgement.wanted);
    assert_false(decision.act);
    snprintf(decided, sizeof(decided), "%s %s", result(),
             state_names[decision.state]);
    assert_string_equal(decided, words);
}

static inline int start(void **state)
{
    (void)state;
    control_start(&control);
    return 0;
}

#define NOW(action)   "{'when':'now','action':'" action "'}"
#define LATER(action) "{'when':'onshutdown','action':'" action "'}"
#define CATCH(ack, action)                                                     \
    "{'when':'onshutdown','ack':'" ack "','action':'" action "'}"

/* The VM has answered a request by writing `text`. */
static inline void write_own(const char *text, enum acknowledged result)
{
    char command[COMMAND_ACK_MAX + 100];
    char words[COMMAND_ACK_MAX + 100];

    snprintf(command, sizeof(command), CATCH("%s", "ignore"), text);
    snprintf(words, sizeof(words), "'%s' done - ready", text);
    expect_and(NODE_TESTING, command, "'' armed - armed", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "probe", words, result);
}

#endif
