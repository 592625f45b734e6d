/* SPDX-License-Identifier: MIT */
/*
 * control - what to do about each message. Pure: no I/O, no clock, no Xen.
 *
 * The kernel reads a node, asks control_message(), carries the decision out in
 * the order of its fields, and reports how the acknowledgement went with
 * control_acknowledged(). docs/control-protocol.md has the rules in words.
 */
#ifndef KERNEL_CONTROL_H
#define KERNEL_CONTROL_H

#include "kernel/command.h"

#define CONTROL_TEXT_MAX   4096 /* bytes of a node: XENSTORE_PAYLOAD_MAX */
#define CONTROL_ANSWER_MAX 1536 /* bytes of an answer */
#define CONTROL_LOG_MAX    1000 /* bytes of a log line */

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
    STATE_READY,      /* nothing pending */
    STATE_ARMED,      /* a command waits for a message */
    STATE_SUSPENDING, /* until it is resumed or cancelled */
    STATE_STOPPING,   /* about to end */
};

extern const char *const state_names[];

enum counter {
    COUNTER_REQUESTS,      /* messages on the shutdown node */
    COUNTER_COMMANDS,      /* accepted */
    COUNTER_REFUSED,       /* commands that were not */
    COUNTER_SUSPENDS,      /* tried */
    COUNTER_RESUMES,       /* that ended in a new domain */
    COUNTER_CANCELS,       /* that ended in the same one */
    COUNTER_MEMORY_ERRORS, /* words that did not survive a suspend */
    COUNTER_COUNT,
};

struct control {
    bool armed;
    struct command pending; /* if armed */
    unsigned int seq;       /* of the last answer */
    unsigned int counters[COUNTER_COUNT];

    /* A command's action is a suspend that is not over yet. */
    bool answer_owed;
    size_t owed_id_size;
    char owed_id[COMMAND_ID_MAX];

    /* Of each testing node: the text that is dealt with but still stands. */
    struct {
        size_t size;
        char text[CONTROL_TEXT_MAX];
    } handled[2];

    /* What we last wrote to the shutdown node, while it may stand there. */
    size_t written_size;
    char written[COMMAND_ACK_MAX];
};

/* How to acknowledge the message, which the node must still hold. */
struct acknowledgement {
    bool wanted;
    bool again; /* tried before: a refusal is no news */
    enum ack how;
    struct text text; /* for ACK_WRITE; lies in the decision */
};

enum acknowledged {
    ACKNOWLEDGED,
    ACKNOWLEDGE_REFUSED, /* the node holds the message still */
    ACKNOWLEDGE_LATE,    /* the node held something newer: left alone */
};

/* What to do, in this order. */
struct decision {
    char log[CONTROL_LOG_MAX]; /* a line; empty: none */
    struct acknowledgement acknowledgement;
    char answer[CONTROL_ANSWER_MAX + 1]; /* JSON; empty: none */
    enum state state;
    bool act;
    enum action action; /* if act */

    char ack_text[COMMAND_ACK_MAX]; /* what acknowledgement.text points to */
};

/* Nothing pending, nothing counted. */
void control_start(struct control *control);

/* The node had an event and now holds `text`; absent is the same as empty. */
void control_message(struct control *control, enum node node, struct text text,
                     struct decision *decision);

/* The acknowledgement that was wanted for `node` has been tried. */
void control_acknowledged(struct control *control, enum node node,
                          const struct decision *decision,
                          enum acknowledged result);

/* What became of a suspend. */
enum suspended {
    SUSPEND_RESUMED,   /* in a new domain */
    SUSPEND_CANCELLED, /* or only checkpointed: the same domain goes on */
    SUSPEND_REFUSED,   /* Xen did not do it */
};

/* Somebody asks for a suspend by event channel: no node, nothing to answer. */
void control_suspend_event(struct control *control, struct decision *decision);

/*
 * The suspend that was decided is over. `memory_errors` words of memory are not
 * what they were.
 */
void control_suspended(struct control *control, enum suspended result,
                       unsigned int memory_errors, struct decision *decision);

enum state control_state(const struct control *control);

#endif
