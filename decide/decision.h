/* SPDX-License-Identifier: MIT */
/*
 * decision - what is to be done about something that has happened. Pure.
 *
 * control.c makes them, main.c carries them out.
 */
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "decide/command.h"
#include "lib/format.h"

#define DECISION_ANSWER_MAX 1536 /* bytes of an answer */
#define DECISION_LOG_MAX    1000 /* bytes of a log line */

#define CONTROL_TEXT_MAX 4096 /* bytes of a node: XENSTORE_PAYLOAD_MAX */

/* The nodes that carry messages, in the order in which boot looks at them. */
enum node {
    NODE_TESTING,
    NODE_DATA_TESTING,
    NODE_SHUTDOWN,
    NODE_SYSRQ,
    NODE_COUNT,
};

/* Their paths below the domain's own directory. */
extern const char *const node_paths[NODE_COUNT];

/* What the VM says of itself, from least to most urgent. */
enum state {
    STATE_READY,   /* nothing pending */
    STATE_ARMED,   /* a command waits for a message */
    STATE_WAITING, /* a delay runs, or a program is between two steps */
    STATE_BUSY,    /* work runs */
    STATE_DEAF,    /* the store does not tell of messages: kernel/publish.c */
    STATE_SUSPENDING, /* until it is resumed or cancelled */
    STATE_STOPPING,   /* about to end */
};

extern const char *const state_names[];

/* How to acknowledge the message, which the node must still hold. */
struct acknowledgement {
    bool wanted;
    bool again;  /* tried before: a refusal is no news */
    bool needed; /* without it nothing is done: the message was withdrawn */
    enum node node;
    struct text message;
    enum ack how;
    struct text text; /* for ACK_WRITE */
};

/* What to do, in this order. Texts in it are good until the next call. */
struct decision {
    char log[DECISION_LOG_MAX]; /* a line; empty: none */
    struct acknowledgement acknowledgement;
    char answer[DECISION_ANSWER_MAX + 1]; /* JSON; empty: none */
    enum state state;
    bool read_again; /* the shutdown node, as if it had an event */
    bool act;
    enum action action;            /* if act */
    const struct command *command; /* that asks for it; null: a request */
};

/* Nothing to do yet; the log line is written with *log. */
void decision_start(struct decision *decision, enum state state,
                    struct writer *log);

/* `text` only for ACK_WRITE. */
void decide_acknowledgement(struct decision *decision, enum node node,
                            struct text message, enum ack how,
                            struct text text);

/* `command` asks for it; null: a request does. */
void decide_action(struct decision *decision, enum action action,
                   const struct command *command);

#endif
