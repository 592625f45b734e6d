/* SPDX-License-Identifier: MIT */
/*
 * steps - a program on its way: armed, caught, delayed, done, next. Pure.
 *
 * The inner half of control.c: what messages there are, and what else happens,
 * is known there; what the current step of the program makes of it, here.
 */
#ifndef DECIDE_STEPS_H
#define DECIDE_STEPS_H

#include "decide/answer.h"
#include "decide/decision.h"
#include "lib/time.h"

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

struct steps {
    enum phase phase;
    unsigned int step;
    unsigned int left; /* how often the step still applies; 0: for ever */
    uint64_t due_ns;   /* TIME_NEVER: not before the acknowledgement */
    struct doing doing[TRACK_COUNT];

    /* An acknowledgement that is to be made later, whatever comes. */
    struct {
        bool waiting;
        uint64_t due_ns;
        enum ack how;
        size_t size, message_size; /* of its texts */
    } late;

    unsigned int seq; /* of the last answer */
    bool reported;    /* the first answer to the program was given */

    /* What follows is large, and only read if it has been written. */
    struct program program;       /* the newest one; with a phase but IDLE */
    struct command_report report; /* of it, for its first answer */
    struct {
        char late[COMMAND_ACK_MAX];
        char late_message[CONTROL_TEXT_MAX]; /* what that acknowledges */
    } texts;
};

/* Take a new program in the place of the old one, which is forgotten. Actions
 * of the old one that are under way are still answered. */
void steps_take(struct steps *steps, const struct program *program,
                const struct command_report *report);

/* When the next thing is due by itself. */
uint64_t steps_deadline(const struct steps *steps);

/* The command of the current step. */
const struct command *steps_current(const struct steps *steps);

/* It is at a message, or its action waits: other messages have to wait. */
bool steps_in_work(const struct steps *steps);

/* What the VM says of itself, if nothing else is decided. */
enum state steps_state(const struct steps *steps);

/* Whether there is more to come after the action that is under way. */
bool steps_follow(const struct steps *steps);

/* Arm the current step, or do what it says. */
void steps_begin(struct steps *steps, uint64_t now_ns,
                 struct decision *decision, struct writer *log);

/* Whether the step waits for this request. */
bool steps_catches(const struct steps *steps, struct text request);

/* It does, and it is here. */
void steps_catch(struct steps *steps, struct text text, uint64_t now_ns,
                 struct decision *decision, struct writer *log);

/* Say that something is due, and since when. */
void steps_write_due(struct writer *log, uint64_t due_ns, uint64_t now_ns);

/* The late acknowledgement is due. */
void steps_acknowledge(struct steps *steps, uint64_t now_ns,
                       struct decision *decision, struct writer *log);

/* An acknowledgement has been tried: a delay of the action begins. */
void steps_acknowledged(struct steps *steps, uint64_t now_ns);

/* The action of the step is due. */
void steps_fire(struct steps *steps, struct decision *decision);

/* What was under way on this track is over. */
void steps_end(struct steps *steps, enum track track,
               const struct outcome *outcome, struct decision *decision);

/* Number the answer and write it into the decision. */
void steps_answer(struct steps *steps, struct decision *decision,
                  struct answer answer);

#endif
