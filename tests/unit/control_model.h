/* SPDX-License-Identifier: MIT */
/*
 * A naive model of decide/control: docs/control-protocol.md as code.
 *
 * It is independent of control.c, and has no state besides the facts.
 */
#ifndef TESTS_UNIT_CONTROL_MODEL_H
#define TESTS_UNIT_CONTROL_MODEL_H

#include "tests/unit/control_facts.h"

/* The VM has to do this. Null: nothing of that kind. */
struct expected {
    bool log;
    const char *ack; /* null, "delete", or "=" and the text to write */
    bool needed;     /* without the acknowledgement nothing else is done */
    bool again;
    const char *result;
    const char *id;
    int step; /* -1: none */
    const char *act;
    bool of_command;
    const char *state; /* null: the state that follows from the facts */
    bool read_again;
};

static struct expected expected_log(bool log)
{
    return (struct expected){.log = log, .step = -1};
}

/* The member `ack` of a command, in the form of struct expected. */
static const char *ack_of(const char *ack)
{
    static const char *const written[] = {"=custom", "=reboot", "=dance"};

    if (!ack || strcmp(ack, "ok") == 0)
        return "=";
    if (strcmp(ack, "none") == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_COUNT(written); i++) {
        if (strcmp(ack, written[i] + 1) == 0)
            return written[i];
    }
    return ack[0] == '\0' ? "=" : ack;
}

/* --- answers ---------------------------------------------------------------*/

static struct owed owed_now(const struct model *model)
{
    return (struct owed){
        .step = step_at(model),
        .program = model->program_number,
        .number = model->program->is_array ? (int)position(model) : -1,
    };
}

static void answer(struct model *model, struct expected *expected,
                   const char *result, struct owed to)
{
    expected->result = result;
    expected->id = to.step->id;
    expected->step = to.number;
    model->answers++;
}

/* End an action for which an answer is owed. */
static void end(struct model *model, struct expected *expected,
                struct owed *owed, bool failed, uint64_t now)
{
    if (!owed->step)
        return;
    answer(model, expected, failed ? "failed" : "done", *owed);
    if (owed->program == model->program_number)
        add_fact(model, DONE, now);
    *owed = (struct owed){.step = NULL};
}

/* --- the action ------------------------------------------------------------*/

static void fire(struct model *model, struct expected *expected, uint64_t now)
{
    const struct owed owed = owed_now(model);
    const struct step *step = owed.step;
    bool stops_work =
        step->now && step->action->deed == DEED_NOTHING && model->work.step;
    bool tells = step->now && step->action_delay_ms == 0;

    add_fact(model, FIRED, now);
    expected->of_command = true;
    if (step->action->deed != DEED_NOTHING)
        expected->act = step->action->word;
    switch (step->action->deed) {
    case DEED_STOP:
        expected->state = "stopping";
        /* fall through */
    case DEED_NEVER:
    case DEED_NOTHING:
        if (!stops_work) {
            answer(model, expected, "done", owed);
            add_fact(model, DONE, now);
            return;
        }
        model->stopper = owed;
        break;
    case DEED_QUICK:
        model->quick = owed;
        return;
    case DEED_SUSPEND:
        expected->state = "suspending";
        model->suspend = owed;
        break;
    case DEED_WORK:
        model->work = owed;
        model->stopper = (struct owed){.step = NULL};
        break;
    }
    if (tells)
        answer(model, expected, "started", owed);
}

/* The step begins to wait, or its action is due at once. */
static void begin_step(struct model *model, struct expected *expected,
                       uint64_t now)
{
    const struct step *step = step_at(model);

    add_fact(model, BEGUN, now);
    if (!step->now)
        answer(model, expected, "armed", owed_now(model));
    else if (step->action_delay_ms > 0)
        answer(model, expected, "started", owed_now(model));
    else
        fire(model, expected, now);
}

/* --- events ----------------------------------------------------------------*/

static void model_program(struct model *model, struct expected *expected,
                          const struct message *message, uint64_t now)
{
    if (message->refused) {
        const struct owed bad = {
            .step = &message->steps[message->refused_step],
            .number = message->is_array ? (int)message->refused_step : -1,
        };

        model->counters[COUNTER_REFUSED]++;
        answer(model, expected, "refused", bad);
        return;
    }
    model->counters[COUNTER_COMMANDS]++;
    model->program = message;
    model->program_number++;
    model->fact_count = 0;
    begin_step(model, expected, now);
}

static struct expected model_command(struct model *model, enum node node,
                                     const struct message *message,
                                     uint64_t now)
{
    struct history *history = &model->histories[node];
    struct expected expected = expected_log(true);
    bool obeyed = still(history, message->text, false, true);

    hold(history, (struct held){.text = message->text, .obeyed = true});
    if (message->text[0] == '\0')
        return expected_log(false);
    expected.ack = "=";
    expected.again = obeyed;
    expected.log = !obeyed;
    if (!obeyed)
        model_program(model, &expected, message, now);
    return expected;
}

static void catch (struct model *model, struct expected *expected,
                   const char *text, uint64_t now)
{
    const struct step *step = step_at(model);

    add_fact(model, CAUGHT, now);
    if (step->ack_delay_ms > 0) {
        assert_true(model->ack_count < ARRAY_COUNT(model->acks));
        model->acks[model->ack_count++] = (struct later_ack){
            .how = ack_of(step->ack),
            .message = text,
            .due_ns = now + step->ack_delay_ms * UINT64_C(1000000),
            .program = model->program_number,
        };
        return;
    }
    expected->ack = ack_of(step->ack);
    if (step->action_delay_ms == 0)
        fire(model, expected, now);
}

/* The message was withdrawn: all its effects are undone, but the node's history
 * stays. */
static struct expected model_withdrawn(struct model *model,
                                       const struct model *before)
{
    memcpy(model, before, offsetof(struct model, histories));
    model->counters[COUNTER_WITHDRAWN]++;
    return expected_log(true);
}

static struct expected model_request(struct model *model, const char *text,
                                     uint64_t now)
{
    struct history *history = &model->histories[NODE_SHUTDOWN];
    struct expected expected = expected_log(true);
    bool written_by_us = still(history, text, true, false);

    hold(history, (struct held){.text = text});
    if (text[0] == '\0' || written_by_us)
        return expected_log(false);
    if (in_work(model)) {
        model->passed_over = true;
        return expected;
    }
    model->counters[COUNTER_REQUESTS]++;
    expected.needed = true;
    if (is_armed(model) && (!step_at(model)->request ||
                            strcmp(step_at(model)->request, text) == 0)) {
        catch (model, &expected, text, now);
        return expected;
    }
    expected.ack = "=";
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        if (strcmp(text, actions[i].word) == 0 && actions[i].is_request) {
            expected.act = text;
            expected.state =
                actions[i].deed == DEED_STOP ? "stopping" : "suspending";
        }
    }
    return expected;
}

/* The decision was carried out, with or without an acknowledgement. */
static void model_acknowledged(struct model *model, uint64_t now)
{
    const struct later_ack *ack = ack_to_come(model);

    if (last_is(model, CAUGHT) &&
        !(ack && ack->program == model->program_number))
        add_fact(model, ANSWERED, now);
}

/* The next thing that the VM does without a message; acknowledgements come
 * first. False: there is none. */
static bool model_next(struct model *model, uint64_t now,
                       struct expected *expected)
{
    struct later_ack *ack = ack_to_come(model);

    *expected = expected_log(true);
    if (ack && now >= ack->due_ns) {
        ack->made = true;
        expected->ack = ack->how;
        if (last_is(model, CAUGHT) && ack->program == model->program_number &&
            step_at(model)->action_delay_ms == 0)
            fire(model, expected, now);
    } else if (now >= action_due(model)) {
        fire(model, expected, now);
    } else if (!is_over(model) && !has_begun(model)) {
        begin_step(model, expected, now);
    } else if (model->stopper.step && !model->work.step) {
        end(model, expected, &model->stopper, false, now);
    } else if (model->passed_over && !in_work(model)) {
        *expected = expected_log(false);
        expected->read_again = true;
        model->passed_over = false;
    } else {
        return false;
    }
    return true;
}

/* Somebody asks for a suspend by event channel. */
static struct expected model_suspend_event(void)
{
    struct expected expected = expected_log(true);

    expected.act = "suspend";
    expected.state = "suspending";
    return expected;
}

static struct expected model_suspended(struct model *model, enum suspended how,
                                       unsigned int memory_errors, uint64_t now)
{
    struct expected expected = expected_log(memory_errors > 0);

    model->counters[COUNTER_SUSPENDS]++;
    model->counters[COUNTER_RESUMES] += how == SUSPEND_RESUMED;
    model->counters[COUNTER_CANCELS] += how == SUSPEND_CANCELLED;
    model->counters[COUNTER_MEMORY_ERRORS] += memory_errors;
    end(model, &expected, &model->suspend, how == SUSPEND_REFUSED, now);
    return expected;
}

static struct expected model_over(struct model *model, struct owed *owed,
                                  bool failed, uint64_t now)
{
    struct expected expected = expected_log(owed->step != NULL);

    end(model, &expected, owed, failed, now);
    return expected;
}

#endif
