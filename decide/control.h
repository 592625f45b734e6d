/* SPDX-License-Identifier: MIT */
/*
 * control - decides what to do about each message. Pure: no I/O, no clock, no
 * Xen.
 *
 * The kernel reads a node and calls control_message(). Then it carries out the
 * decision in the order of the fields, and reports the acknowledgement with
 * control_acknowledged(). After that, and whenever control_deadline() has
 * passed, the kernel calls control_next() until nothing more is to be done.
 * docs/control-protocol.md has the rules in words.
 *
 * All times come from one clock in ns, which stands still while the VM is
 * suspended.
 */
#ifndef DECIDE_CONTROL_H
#define DECIDE_CONTROL_H

#include "decide/command.h"
#include "decide/decision.h"
#include "decide/steps.h"

enum counter {
    COUNTER_REQUESTS,      /* requests that were not withdrawn */
    COUNTER_WITHDRAWN,     /* requests gone before the acknowledgement */
    COUNTER_COMMANDS,      /* accepted texts */
    COUNTER_REFUSED,       /* refused texts */
    COUNTER_SUSPENDS,      /* attempted suspends */
    COUNTER_RESUMES,       /* suspends that ended in a new domain */
    COUNTER_CANCELS,       /* suspends that ended in the same domain */
    COUNTER_MEMORY_ERRORS, /* words of memory that had changed */
    COUNTER_COUNT,
};

struct control {
    /* A request came while a command was in work, and has to wait: the shutdown
     * node is read again after that. */
    bool unread;
    unsigned int counters[COUNTER_COUNT];
    unsigned int (*mib_max)(void); /* see command_parse() */
    size_t handled_size[2];        /* sizes of texts.handled */
    size_t written_size;           /* size of texts.written */

    /* Large from its member `program` on. control_start() does not clear that
     * member and what follows. */
    struct steps steps;
    /* A text is parsed into this program first. From control_message() with a
     * request to control_withdrawn(), it holds a copy of the control instead.
     */
    struct program newer;
    struct {
        /* Per testing node: the message that was handled and is still there. */
        char handled[2][CONTROL_TEXT_MAX];
        /*
         * The text that the VM last wrote to the shutdown node, if still there.
         */
        char written[COMMAND_ACK_MAX];
    } texts;
};

enum acknowledged {
    ACKNOWLEDGED,
    ACKNOWLEDGE_REFUSED, /* the node still holds the message */
    ACKNOWLEDGE_LATE,    /* the node held a newer text and was left alone */
    /* ACKNOWLEDGE_LATE, and the decision needed the acknowledgement: nothing
     * else was done or published; see control_withdrawn() */
    ACKNOWLEDGE_WITHDRAWN,
};

/* Begin: nothing is pending, and all counters are 0. */
void control_start(struct control *control, unsigned int (*mib_max)(void));

/*
 * Handle the program on the kernel command line; empty: there is none. `cut`:
 * the command line may be incomplete.
 */
void control_command_line(struct control *control, struct text text, bool cut,
                          uint64_t now_ns, struct decision *decision);

/*
 * Handle an event: the node now holds `text`. An absent node counts as empty.
 */
void control_message(struct control *control, enum node node, struct text text,
                     uint64_t now_ns, struct decision *decision);

/*
 * Report the acknowledgement of a decision. Call this also if none was wanted.
 */
void control_acknowledged(struct control *control,
                          const struct decision *decision,
                          enum acknowledged result, uint64_t now_ns);

/* Called instead of control_acknowledged(): the message of *decision was
 * withdrawn. All its effects are undone, and the new decision only logs that.
 */
void control_withdrawn(struct control *control, struct decision *decision);

/*
 * Decide what else to do now. False: nothing, and *decision must not be used.
 * Call this before the next control_message().
 */
bool control_next(struct control *control, uint64_t now_ns,
                  struct decision *decision);

/* When control_next() next has to be called without an event. TIME_NEVER: not
 * without an event. */
uint64_t control_deadline(const struct control *control);

/* Whether control_next() and control_acknowledged() look at `now_ns`. If not,
 * it may be 0, which saves a reading of the clock. */
bool control_wants_time(const struct control *control);

/* Report the end of the action on this track (decide/steps.h). For suspends
 * there is control_suspended(). */
void control_finished(struct control *control, enum track track,
                      const struct outcome *outcome, struct decision *decision);

/* The result of a suspend. */
enum suspended {
    SUSPEND_RESUMED,   /* goes on in a new domain */
    SUSPEND_CANCELLED, /* or checkpointed: goes on in the same domain */
    SUSPEND_REFUSED,   /* Xen refused the hypercall */
};

/* Handle a request to suspend by event channel. It has no node, so nothing is
 * acknowledged or answered. */
void control_suspend_event(struct control *control, struct decision *decision);

/*
 * Report the end of the suspend that was decided. `memory_errors` words of
 * memory have changed meanwhile.
 */
void control_suspended(struct control *control, enum suspended result,
                       unsigned int memory_errors, struct decision *decision);

/* Report that `words` words of memory are not as written. */
void control_memory_changed(struct control *control, unsigned int words,
                            struct decision *decision);

enum state control_state(const struct control *control);

#endif
