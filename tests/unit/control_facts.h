/* SPDX-License-Identifier: MIT */
/*
 * What the naive model of decide/control remembers, and what follows from it.
 *
 * Instead of a state it keeps what has happened, what each node has held and
 * what became of each step, and looks back into it.
 */
#ifndef TESTS_UNIT_CONTROL_FACTS_H
#define TESTS_UNIT_CONTROL_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide/control.h"
#include "tests/unit/control_random.h"

#define EVENT_COUNT 60 /* in the life of a model */

/* Something that a node has held, in order. */
struct held {
    const char *text; /* null: something that nobody has seen */
    bool ours;        /* the VM wrote it */
    bool obeyed;      /* the VM understood or refused it */
};

struct history {
    struct held held[8 * EVENT_COUNT];
    size_t count;
};

/* Something that became of the newest program, in order. */
enum happening {
    BEGUN,    /* a step: it waits for a message, or for its time */
    CAUGHT,   /* a message, by a step that waited */
    ANSWERED, /* that message, to the store */
    FIRED,    /* the action of a step */
    DONE,     /* that action, for good */
};

struct fact {
    enum happening what;
    unsigned int step;
    uint64_t when_ns;
};

/* An acknowledgement that was ordered for later. */
struct later_ack {
    const char *how, *message;
    uint64_t due_ns;
    bool made;
    unsigned int program; /* which one ordered it, by its number */
};

/* A command that is told of its action's end. */
struct owed {
    const struct step *step; /* null: nobody is */
    unsigned int program;
    int number; /* of the step; -1: the command stands alone */
};

struct model {
    const struct message *program; /* the newest; null: none */
    unsigned int program_number;
    struct fact facts[8 * EVENT_COUNT];
    size_t fact_count;
    struct later_ack acks[2 * EVENT_COUNT];
    size_t ack_count;
    struct owed work;    /* what runs */
    struct owed stopper; /* who waits for its end */
    struct owed quick, suspend;
    bool passed_over; /* a message came at a bad moment */
    unsigned int counters[COUNTER_COUNT];
    unsigned int answers;
    struct history histories[NODE_COUNT]; /* what is here, nothing undoes */
};

/* --- what nodes held -------------------------------------------------------*/

static void hold(struct history *history, struct held held)
{
    assert_true(history->count < ARRAY_COUNT(history->held));
    history->held[history->count++] = held;
}

/* Whether all that it held since `ours` or `obeyed` was this very text. */
static bool still(const struct history *history, const char *text, bool ours,
                  bool obeyed)
{
    for (size_t i = history->count; i-- > 0;) {
        const struct held *held = &history->held[i];

        if (!held->text || strcmp(held->text, text) != 0)
            return false;
        if ((ours && held->ours) || (obeyed && held->obeyed))
            return true;
    }
    return false;
}

/* --- what became of the program --------------------------------------------*/

static const struct fact *last_fact(const struct model *model)
{
    return model->fact_count > 0 ? &model->facts[model->fact_count - 1] : NULL;
}

static bool last_is(const struct model *model, enum happening what)
{
    const struct fact *last = last_fact(model);

    return last && last->what == what;
}

/* The step that it is at when so many more times are done: as often done as it
 * applies are those before. */
static unsigned int position_after(const struct model *model, unsigned int done)
{
    unsigned int step = 0;

    if (!model->program)
        return 0;
    for (size_t i = 0; i < model->fact_count; i++)
        done += model->facts[i].what == DONE;
    while (step < model->program->count) {
        unsigned int count = model->program->steps[step].count;

        if (count == 0 || done < count)
            break;
        done -= count;
        step++;
    }
    return step;
}

static unsigned int position(const struct model *model)
{
    return position_after(model, 0);
}

static bool is_over(const struct model *model)
{
    return !model->program || position(model) == model->program->count;
}

static const struct step *step_at(const struct model *model)
{
    return &model->program->steps[position(model)];
}

static void add_fact(struct model *model, enum happening what, uint64_t now)
{
    const unsigned int step = position(model);

    assert_true(model->fact_count < ARRAY_COUNT(model->facts));
    model->facts[model->fact_count++] =
        (struct fact){.what = what, .step = step, .when_ns = now};
}

static bool has_begun(const struct model *model)
{
    for (size_t i = 0; i < model->fact_count; i++) {
        if (model->facts[i].what == BEGUN &&
            model->facts[i].step == position(model))
            return true;
    }
    return false;
}

static bool is_armed(const struct model *model)
{
    return !is_over(model) && has_begun(model) && !step_at(model)->now &&
           (last_is(model, BEGUN) || last_is(model, DONE));
}

/* When its action is due, TIME_NEVER if it waits for something else. */
static uint64_t action_due(const struct model *model)
{
    if (is_over(model) || !(last_is(model, ANSWERED) ||
                            (last_is(model, BEGUN) && step_at(model)->now)))
        return TIME_NEVER;
    return last_fact(model)->when_ns +
           step_at(model)->action_delay_ms * UINT64_C(1000000);
}

static struct later_ack *ack_to_come(struct model *model)
{
    for (size_t i = 0; i < model->ack_count; i++) {
        if (!model->acks[i].made)
            return &model->acks[i];
    }
    return NULL;
}

static bool in_work(struct model *model)
{
    return ack_to_come(model) || last_is(model, CAUGHT) ||
           action_due(model) != TIME_NEVER;
}

static const char *model_state(struct model *model)
{
    if (model->work.step)
        return "busy";
    if (in_work(model))
        return "waiting";
    if (!is_over(model) && !last_is(model, FIRED))
        return model->program->steps[position(model)].now ? "waiting" : "armed";
    if (!is_over(model) && position_after(model, 1) < model->program->count)
        return "waiting";
    return "ready";
}

static uint64_t model_deadline(struct model *model)
{
    const struct later_ack *ack = ack_to_come(model);
    uint64_t due = action_due(model);

    return ack && ack->due_ns < due ? ack->due_ns : due;
}

#endif
