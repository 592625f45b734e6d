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

#define CONTROL_TEXT_MAX 4096 /* bytes of a node: XENSTORE_PAYLOAD_MAX */

#define CONTROL_NEVER UINT64_MAX

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

/* How far the program is. */
enum phase {
    PHASE_IDLE,    /* there is none, or it is over */
    PHASE_NEXT,    /* the step is to be begun */
    PHASE_ARMED,   /* waits for a message */
    PHASE_CAUGHT,  /* has caught one that is not yet acknowledged */
    PHASE_DELAYED, /* its action is due at `due_ns` */
    PHASE_DOING,   /* its action is under way */
};

/* Actions that can be under way at the same time. */
enum track {
    TRACK_MAIN, /* one after the other */
    TRACK_WORK, /* in the background */
    TRACK_STOP, /* ignore, which waits for the end of the work */
    TRACK_COUNT,
};

/* An action that has begun and whose answer is owed. */
struct doing {
    bool active;
    bool of_program; /* the program goes on when it is over */
    enum action action;
    bool in_step;
    unsigned int step;
    size_t id_size;
    char id[COMMAND_ID_MAX];
};

struct control {
    enum phase phase;
    unsigned int step;
    unsigned int left; /* how often the step still applies; 0: for ever */
    uint64_t due_ns;   /* CONTROL_NEVER: not before the acknowledgement */
    struct doing doing[TRACK_COUNT];

    /* An acknowledgement that is to be made later, whatever comes. */
    struct {
        bool waiting;
        uint64_t due_ns;
        enum ack how;
        size_t size, message_size; /* of its texts */
    } late;
    bool unread; /* the shutdown node had an event while a command was at it */

    unsigned int seq; /* of the last answer */
    unsigned int counters[COUNTER_COUNT];
    unsigned int (*mib_max)(void); /* see command_parse() */

    size_t handled_size[2]; /* of texts.handled */
    size_t written_size;    /* of texts.written */
    bool reported;          /* the first answer to the program was given */

    /* What follows is large, and control_start() leaves it alone. */
    struct program program;       /* the newest one; with a phase but IDLE */
    struct command_report report; /* of it, for its first answer */
    struct program newer;         /* what is read into, or may be undone */
    struct {
        char late[COMMAND_ACK_MAX];
        char late_message[CONTROL_TEXT_MAX]; /* what that acknowledges */
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

/* How an action went. */
struct outcome {
    const char *error; /* a sentence; null: well */
    const char
        *detail; /* members of a JSON object for the answer; null: none */
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
