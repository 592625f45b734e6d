/* SPDX-License-Identifier: MIT */
/*
 * steps - runs a program: armed, caught, delayed, done, next step. Pure.
 *
 * The inner half of control.c. control.c knows the messages and all other
 * events; this file knows what the current step does about them.
 */
#ifndef DECIDE_STEPS_H
#define DECIDE_STEPS_H

#include "decide/answer.h"
#include "decide/decision.h"
#include "lib/time.h"

/* The progress of the program. */
enum phase {
    PHASE_IDLE,    /* no program, or the program has ended */
    PHASE_NEXT,    /* the step is about to begin */
    PHASE_ARMED,   /* the step waits for a message */
    PHASE_CAUGHT,  /* has caught a message; the acknowledgement is delayed */
    PHASE_DELAYED, /* its action is due at `due_ns` */
    PHASE_DOING,   /* its action is running */
};

/* Actions on different tracks can run at the same time. */
enum track {
    TRACK_MAIN, /* one action after the other */
    TRACK_WORK, /* work in the background */
    TRACK_STOP, /* "ignore", which waits for the end of the work */
    TRACK_COUNT,
};

/* An action that has begun and has no answer yet. Its step is kept here, since
 * a new program may replace its program meanwhile. */
struct doing {
    bool active;
    bool of_program; /* of the present program, which goes on after it */
    enum action action;
    bool in_step;
    unsigned int step;
    size_t id_size;
    char id[COMMAND_ID_MAX];
};

#define NO_LIMIT (~0U)

struct steps {
    enum phase phase;
    unsigned int step; /* index in program.steps */
    unsigned int
        uses_left;   /* requests to which it still applies, or NO_LIMIT */
    uint64_t due_ns; /* TIME_NEVER: set after the acknowledgement */
    struct doing doing[TRACK_COUNT];

    /*
     * An acknowledgement that is due later. A new command does not cancel it.
     */
    struct {
        bool waiting;
        uint64_t due_ns;
        enum ack how;
        size_t size, message_size; /* of texts.late, texts.late_message */
    } late;

    unsigned int seq; /* the number of the last answer */
    bool reported;    /* the program has had its first answer */

    /* All members from here on are large, and are read only after a write. */
    struct program program;       /* the newest; valid unless PHASE_IDLE */
    struct command_report report; /* its report, for the first answer */
    struct {
        char late[COMMAND_ACK_MAX];
        char late_message[CONTROL_TEXT_MAX]; /* the message acknowledged */
    } texts;
};

/* Replace the program by a new one. Actions of the old program that are running
 * still get their answers. */
void steps_take(struct steps *steps, const struct program *program,
                const struct command_report *report);

/* When the next delay ends; TIME_NEVER: there is none. */
uint64_t steps_deadline(const struct steps *steps);

/* The command of the current step. */
const struct command *steps_current(const struct steps *steps);

/* Whether the step is handling a message or delays its action. Other messages
 * have to wait then. */
bool steps_in_work(const struct steps *steps);

/* The state to publish, unless a decision sets another one. */
enum state steps_state(const struct steps *steps);

/* Whether anything comes after the action that is running. */
bool steps_follow(const struct steps *steps);

/* Arm the current step, or do its action. */
void steps_begin(struct steps *steps, uint64_t now_ns,
                 struct decision *decision, struct writer *log);

/* Whether the step waits for this request. */
bool steps_catches(const struct steps *steps, struct text request);

/* Handle a request for which steps_catches() is true. */
void steps_catch(struct steps *steps, struct text text, uint64_t now_ns,
                 struct decision *decision, struct writer *log);

/* Write that something is due, and how late it is. It is not early. */
void steps_write_due(struct writer *log, uint64_t due_ns, uint64_t now_ns);

/* Make the late acknowledgement. */
void steps_acknowledge(struct steps *steps, uint64_t now_ns,
                       struct decision *decision, struct writer *log);

/* Report that an acknowledgement was tried: the action's delay begins now. */
void steps_acknowledged(struct steps *steps, uint64_t now_ns);

/* Do the action of the step. */
void steps_fire(struct steps *steps, struct decision *decision);

/* End the action on this track. */
void steps_end(struct steps *steps, enum track track,
               const struct outcome *outcome, struct decision *decision);

/* Give the answer the next number and write it into the decision. */
void steps_answer(struct steps *steps, struct decision *decision,
                  struct answer *answer);

#endif
