/* SPDX-License-Identifier: MIT */
/*
 * control - what to do about each message. Pure: no I/O, no clock, no Xen.
 *
 * The kernel reads a node, asks control_message(), carries the decision out in
 * the order of its fields, and reports how the acknowledgement went with
 * control_acknowledged(). After that, and whenever control_deadline() has come,
 * it asks control_next() until there is nothing more to do.
 * docs/control-protocol.md has the rules in words.
 *
 * Times are of one clock in ns that stands still while the VM is suspended.
 */
#ifndef DECIDE_CONTROL_H
#define DECIDE_CONTROL_H

#include "decide/command.h"
#include "decide/decision.h"
#include "decide/steps.h"

enum counter {
    COUNTER_REQUESTS,      /* messages on the shutdown node that stood */
    COUNTER_WITHDRAWN,     /* that did not, when they were acknowledged */
    COUNTER_COMMANDS,      /* texts accepted */
    COUNTER_REFUSED,       /* texts that were not */
    COUNTER_SUSPENDS,      /* tried */
    COUNTER_RESUMES,       /* that ended in a new domain */
    COUNTER_CANCELS,       /* that ended in the same one */
    COUNTER_MEMORY_ERRORS, /* words that are not what was written */
    COUNTER_COUNT,
};

struct control {
    bool unread; /* the shutdown node had an event while a command was at it */
    unsigned int counters[COUNTER_COUNT];
    unsigned int (*mib_max)(void); /* see command_parse() */
    size_t handled_size[2];        /* of texts.handled */
    size_t written_size;           /* of texts.written */

    /* Large from its member `program` on. What follows that, and it,
     * control_start() leaves alone. */
    struct steps steps;
    struct program newer; /* what is read into, or may be undone */
    struct {
        /* Of each testing node: what is dealt with but still stands. */
        char handled[2][CONTROL_TEXT_MAX];
        /* What we last wrote to the shutdown node, while it may stand there. */
        char written[COMMAND_ACK_MAX];
    } texts;
};

enum acknowledged {
    ACKNOWLEDGED,
    ACKNOWLEDGE_REFUSED,   /* the node holds the message still */
    ACKNOWLEDGE_LATE,      /* the node held something newer: left alone */
    ACKNOWLEDGE_WITHDRAWN, /* ... and the decision needed it: nothing was done,
                              nor published; see control_withdrawn() */
};

/* Nothing pending, nothing counted. */
void control_start(struct control *control, unsigned int (*mib_max)(void));

/*
 * A program that stands on the kernel command line; empty: none does. `cut`:
 * perhaps only a part of it does.
 */
void control_command_line(struct control *control, struct text text, bool cut,
                          uint64_t now_ns, struct decision *decision);

/* The node had an event and now holds `text`; absent is the same as empty. */
void control_message(struct control *control, enum node node, struct text text,
                     uint64_t now_ns, struct decision *decision);

/* The acknowledgement, wanted or not, has been tried as decided. */
void control_acknowledged(struct control *control,
                          const struct decision *decision,
                          enum acknowledged result, uint64_t now_ns);

/* Instead: the message was withdrawn, and never was. What is decided is only to
 * say so. */
void control_withdrawn(struct control *control, struct decision *decision);

/*
 * What else is to be done now. False: nothing, *decision is not for use. To be
 * asked before the next message.
 */
bool control_next(struct control *control, uint64_t now_ns,
                  struct decision *decision);

/* When control_next() will have something to do by itself. */
uint64_t control_deadline(const struct control *control);

/* Whether control_next() and control_acknowledged() need to know the time. */
bool control_wants_time(const struct control *control);

/* The action on this track is over, if not by control_suspended(). */
void control_finished(struct control *control, enum track track,
                      const struct outcome *outcome, struct decision *decision);

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

/* So many words of memory are not what was written there. */
void control_memory_changed(struct control *control, unsigned int words,
                            struct decision *decision);

enum state control_state(const struct control *control);

#endif
