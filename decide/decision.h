/* SPDX-License-Identifier: MIT */
/*
 * decision - what to do about one event. Pure.
 *
 * control.c makes decisions, kernel/main.c carries them out.
 */
#ifndef DECIDE_DECISION_H
#define DECIDE_DECISION_H

#include "decide/command.h"
#include "lib/format.h"

#define DECISION_ANSWER_MAX 2048 /* bytes of an answer */
#define DECISION_LOG_MAX    1000 /* bytes of a log line */

#define CONTROL_TEXT_MAX 4096 /* bytes of a node: XENSTORE_PAYLOAD_MAX */

/* The nodes of messages, in the order in which the VM reads them at boot. */
enum node {
    NODE_TESTING,
    NODE_DATA_TESTING,
    NODE_SHUTDOWN,
    NODE_SYSRQ,
    NODE_COUNT,
};

/* Their paths below the domain's own directory. */
extern const char *const node_paths[NODE_COUNT];

/* The state that the VM publishes, from least to most urgent. */
enum state {
    STATE_READY,   /* nothing is pending */
    STATE_ARMED,   /* a command waits for a message */
    STATE_WAITING, /* a delay runs, or a program is between two steps */
    STATE_BUSY,    /* work runs */
    STATE_DEAF,    /* xenstore sends no events of messages: kernel/publish.c */
    STATE_SUSPENDING, /* until it is resumed or cancelled */
    STATE_STOPPING,   /* about to end */
    STATE_COUNT,
};

extern const char *const state_names[STATE_COUNT];

/* How to acknowledge a message. The node is left alone if it does not hold that
 * message any more. */
struct acknowledgement {
    bool wanted;
    bool again;  /* was tried before: do not log a refusal again */
    bool needed; /* if the node does not hold the message, do nothing else */
    enum node node;
    struct text message;
    enum ack how;
    struct text text; /* for ACK_WRITE */
};

/* Things to do, in the order of the fields. The texts are valid until the next
 * call of a function of control.h that changes the control. */
struct decision {
    char log[DECISION_LOG_MAX]; /* a line; empty: none */
    struct acknowledgement acknowledgement;
    char answer[DECISION_ANSWER_MAX + 1]; /* JSON; empty: none */
    enum state state;
    bool read_again; /* read the shutdown node, as if it had an event */
    bool act;
    enum action action;            /* if act */
    const struct command *command; /* which asks for it; null: a request did */
};

/* Begin an empty decision; *log then writes its log line. */
void decision_start(struct decision *decision, enum state state,
                    struct writer *log);

/* `text` is used only for ACK_WRITE. */
void decide_acknowledgement(struct decision *decision, enum node node,
                            struct text message, enum ack how,
                            struct text text);

/* `command` is the command that asks for the action; null: a request did. */
void decide_action(struct decision *decision, enum action action,
                   const struct command *command);

#endif
