/* SPDX-License-Identifier: MIT */
/*
 * The facts of the naive model of decide/control, and conclusions from them.
 *
 * The model has no state. It keeps what has happened, all texts that each node
 * has held, and the events of each step, and looks back at them.
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

#define EVENT_COUNT 60 /* events in the life of a model */

/* A text that a node has held. They are kept in order. */
struct held {
    const char *text; /* null: a text that nobody has seen */
    bool ours;        /* the VM wrote it */
    bool obeyed;      /* the VM has accepted or refused it */
};

struct history {
    struct held held[8 * EVENT_COUNT];
    size_t count;
};

/* An event in the life of the newest program. They are kept in order. */
enum happening {
    BEGUN,    /* a step began: it waits for a message, or for its time */
    CAUGHT,   /* a step that waited caught a message */
    ANSWERED, /* that message was acknowledged */
    FIRED,    /* the action of a step began */
    DONE,     /* that action was done */
};

struct fact {
    enum happening what;
    unsigned int step;
    uint64_t when_ns;
};

/* A delayed acknowledgement. */
struct later_ack {
    const char *how, *message;
    uint64_t due_ns;
    bool made;
    unsigned int program; /* number of the program that ordered it */
};

/* A command that gets an answer at the end of its action. */
struct owed {
    const struct step *step; /* null: no command */
    unsigned int program;
    int number; /* of the step; -1: the command is not in an array */
};

struct model {
    const struct message *program; /* the newest program; null: none */
    unsigned int program_number;
    struct fact facts[8 * EVENT_COUNT];
    size_t fact_count;
    struct later_ack acks[2 * EVENT_COUNT];
    size_t ack_count;
    struct owed work;    /* the work that runs */
    struct owed stopper; /* the "ignore" that waits for its end */
    struct owed quick, suspend;
    bool passed_over; /* a message came when it had to wait */
    unsigned int counters[COUNTER_COUNT];
    unsigned int answers;
    struct history histories[NODE_COUNT]; /* not undone by a withdrawal */
};

/* --- what nodes held -------------------------------------------------------*/

static void hold(struct history *history, struct held held)
{
    assert_true(history->count < ARRAY_COUNT(history->held));
    history->held[history->count++] = held;
}

/* Whether the node has held only this text since the VM wrote it (`ours`) or
 * handled it (`obeyed`). */
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

/* The program's step after `done` more applications. All steps before it were
 * applied as often as their count says. */
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

/* When the action is due. TIME_NEVER: it waits for something else. */
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
