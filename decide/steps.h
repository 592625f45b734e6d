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
#include "decide/control.h"

/* The command of the current step. */
const struct command *steps_current(const struct control *control);

/* It is at a message, or its action waits: other messages have to wait. */
bool steps_in_work(const struct control *control);

/* Whether there is more to come after the action that is under way. */
bool steps_follow(const struct control *control);

/* Arm the current step, or do what it says. */
void steps_begin(struct control *control, uint64_t now_ns,
                 struct decision *decision, struct writer *log);

/* Whether the step waits for this request. */
bool steps_catches(const struct control *control, struct text request);

/* It does, and it is here. */
void steps_catch(struct control *control, struct text text, uint64_t now_ns,
                 struct decision *decision, struct writer *log);

/* Say that something is due, and since when. */
void steps_write_due(struct writer *log, uint64_t due_ns, uint64_t now_ns);

/* The late acknowledgement is due. */
void steps_acknowledge(struct control *control, uint64_t now_ns,
                       struct decision *decision, struct writer *log);

/* An acknowledgement has been tried: a delay of the action begins. */
void steps_acknowledged(struct control *control, uint64_t now_ns);

/* The action of the step is due. */
void steps_fire(struct control *control, struct decision *decision);

/* What was under way on this track is over. */
void steps_end(struct control *control, enum track track,
               const struct outcome *outcome, struct decision *decision);

/* Number the answer and write it into the decision. */
void steps_answer(struct control *control, struct decision *decision,
                  struct answer answer);

#endif
