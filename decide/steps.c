/* SPDX-License-Identifier: MIT */
/*
 * steps - runs a program; see steps.h.
 */
#include "decide/steps.h"

#include "lib/assert.h"
#include "lib/format.h"
#include "lib/string.h"

const struct command *steps_current(const struct steps *steps)
{
    ASSERT(steps->step < PROGRAM_STEP_MAX);
    return &steps->program.steps[steps->step];
}

bool steps_in_work(const struct steps *steps)
{
    return steps->late.waiting || steps->phase == PHASE_DELAYED;
}

/* Whether the step applies again after the present time. */
static bool applies_again(const struct steps *steps)
{
    return steps->uses_left != 1;
}

static bool has_next_step(const struct steps *steps)
{
    return steps->step + 1 < steps->program.count;
}

bool steps_follow(const struct steps *steps)
{
    return applies_again(steps) || has_next_step(steps);
}

enum state steps_state(const struct steps *steps)
{
    if (steps->doing[TRACK_WORK].active)
        return STATE_BUSY;
    if (steps_in_work(steps))
        return STATE_WAITING;
    if (steps->phase == PHASE_ARMED)
        return STATE_ARMED;
    /* Testers wait for "ready" or "armed": do not show one of these for a
     * moment only. */
    if (steps->phase == PHASE_NEXT)
        return steps_current(steps)->when == WHEN_NOW ? STATE_WAITING
                                                      : STATE_ARMED;
    if (steps->phase == PHASE_DOING && steps_follow(steps))
        return STATE_WAITING;
    return STATE_READY;
}

uint64_t steps_deadline(const struct steps *steps)
{
    uint64_t deadline = TIME_NEVER;

    if (steps->phase == PHASE_DELAYED)
        deadline = steps->due_ns;
    if (steps->late.waiting)
        deadline = MIN(deadline, steps->late.due_ns);
    return deadline;
}

void steps_take(struct steps *steps, const struct program *program,
                const struct command_report *report)
{
    steps->program = *program;
    steps->report = *report;
    steps->reported = false;
    steps->step = 0;
    for (unsigned int i = 0; i < TRACK_COUNT; i++)
        steps->doing[i].of_program = false;
}

static uint64_t later(uint64_t now_ns, uint32_t delay_ms)
{
    return now_ns + (uint64_t)delay_ms * NS_PER_MS;
}

void steps_answer(struct steps *steps, struct decision *decision,
                  struct answer *answer)
{
    struct writer writer;

    answer->seq = ++steps->seq;
    writer_start(&writer, decision->answer, sizeof(decision->answer));
    answer_write(&writer, answer);
}

/* Only the first answer to a program lists the ignored members. */
static const struct command_report *first_report(struct steps *steps)
{
    const bool first = !steps->reported;

    steps->reported = true;
    return first ? &steps->report : 0;
}

static void answer_step(struct steps *steps, struct decision *decision,
                        enum result result)
{
    struct answer answer = {
        .id = program_text(&steps->program, steps_current(steps)->id),
        .in_step = steps->program.is_array,
        .step = steps->step,
        .result = result,
        .report = first_report(steps),
    };

    steps_answer(steps, decision, &answer);
}

static void write_how(struct writer *log, const struct steps *steps)
{
    const struct command *command = steps_current(steps);

    switch (command->ack) {
    case ACK_WRITE:
        write_string(log, "acknowledge by writing ");
        write_quoted(log, program_text(&steps->program, command->ack_text),
                     QUOTED_MAX);
        break;
    case ACK_NONE:
        write_string(log, "do not acknowledge");
        break;
    case ACK_DELETE:
        write_string(log, "acknowledge by removing the node");
        break;
    }
    if (command->ack_delay_ms > 0)
        write_format(log, " after %u ms", command->ack_delay_ms);
    write_string(log, ", then ");
}

static void write_action(struct writer *log, const struct command *command)
{
    write_string(log, action_rows[command->action].name);
    if (command->action_delay_ms > 0)
        write_format(log, " after %u ms", command->action_delay_ms);
}

/* --- doing ---------------------------------------------------------------- */

/* The action was done: count one application of the step. */
static void finish(struct steps *steps)
{
    if (applies_again(steps)) {
        if (steps->uses_left != NO_LIMIT)
            steps->uses_left--;
        steps->phase = PHASE_ARMED;
    } else if (has_next_step(steps)) {
        steps->step++;
        steps->phase = PHASE_NEXT;
    } else {
        steps->phase = PHASE_IDLE;
    }
}

/* The action of the step begins on this track; its answer is due at its end. */
static void begin_doing(struct steps *steps, enum track track)
{
    const struct command *command = steps_current(steps);
    const struct text id = program_text(&steps->program, command->id);
    struct doing *doing = &steps->doing[track];

    doing->active = true;
    doing->of_program = true;
    doing->action = command->action;
    doing->in_step = steps->program.is_array;
    doing->step = steps->step;
    doing->id_size = id.size;
    memcpy(doing->id, id.bytes, id.size);
    steps->phase = PHASE_DOING;
}

void steps_end(struct steps *steps, enum track track,
               const struct outcome *outcome, struct decision *decision)
{
    struct doing *doing = &steps->doing[track];
    struct answer answer = {
        .id = {doing->id, doing->id_size},
        .in_step = doing->in_step,
        .step = doing->step,
        .result = outcome->error ? RESULT_FAILED : RESULT_DONE,
        .error = outcome->error,
        .detail = outcome->detail,
        .report = doing->of_program ? first_report(steps) : 0,
    };

    ASSERT(doing->active);
    steps_answer(steps, decision, &answer);
    doing->active = false;
    if (doing->of_program)
        finish(steps);
}

/* A "started" answer is only for "now", and only if the command had no such
 * answer before a delay. */
static void answer_started(struct steps *steps, struct decision *decision)
{
    const struct command *command = steps_current(steps);

    if (command->when == WHEN_NOW && command->action_delay_ms == 0)
        answer_step(steps, decision, RESULT_STARTED);
}

/* "now" with "ignore" stops the work and is done when the work has ended. */
static bool stops_work(const struct steps *steps)
{
    const struct command *command = steps_current(steps);

    return command->action == ACTION_IGNORE && command->when == WHEN_NOW &&
           steps->doing[TRACK_WORK].active;
}

void steps_fire(struct steps *steps, struct decision *decision)
{
    const struct command *command = steps_current(steps);
    enum course course = action_rows[command->action].course;

    if (stops_work(steps)) {
        answer_started(steps, decision);
        begin_doing(steps, TRACK_STOP);
    } else if (course == COURSE_NOTHING || course == COURSE_END) {
        answer_step(steps, decision, RESULT_DONE);
        finish(steps);
    } else if (course == COURSE_WORK) {
        /* The new work replaces the old one, and any "ignore" that waits for
         * it. */
        steps->doing[TRACK_STOP].active = false;
        answer_started(steps, decision);
        begin_doing(steps, TRACK_WORK);
    } else {
        if (course == COURSE_SUSPEND)
            answer_started(steps, decision);
        begin_doing(steps, TRACK_MAIN);
    }
    decision->state = steps_state(steps);
    decide_action(decision, command->action, command);
}

/* The message is acknowledged with this decision. The delay of the action
 * begins at steps_acknowledged(). */
static void fire_after_acknowledgement(struct steps *steps,
                                       struct decision *decision)
{
    if (steps_current(steps)->action_delay_ms == 0) {
        steps_fire(steps, decision);
        return;
    }
    steps->phase = PHASE_DELAYED;
    steps->due_ns = TIME_NEVER;
    decision->state = steps_state(steps);
}

void steps_begin(struct steps *steps, uint64_t now_ns,
                 struct decision *decision, struct writer *log)
{
    const struct command *command = steps_current(steps);

    steps->uses_left = command->count > 0 ? command->count : NO_LIMIT;
    if (command->when == WHEN_ONSHUTDOWN) {
        steps->phase = PHASE_ARMED;
        write_string(log, "armed: at the next request ");
        if (command->request.size > 0) {
            write_quoted(log, program_text(&steps->program, command->request),
                         QUOTED_MAX);
            write_char(log, ' ');
        }
        write_how(log, steps);
        write_action(log, command);
        answer_step(steps, decision, RESULT_ARMED);
        decision->state = steps_state(steps);
        return;
    }
    write_string(log, "now: ");
    write_action(log, command);
    if (command->action_delay_ms == 0) {
        steps_fire(steps, decision);
        return;
    }
    steps->phase = PHASE_DELAYED;
    steps->due_ns = later(now_ns, command->action_delay_ms);
    answer_step(steps, decision, RESULT_STARTED);
    decision->state = steps_state(steps);
}

/* --- a message is caught -------------------------------------------------- */

/* Keep a copy of the message and of the way to acknowledge it. */
static void acknowledge_later(struct steps *steps, struct text message,
                              uint64_t now_ns)
{
    const struct command *command = steps_current(steps);
    const struct text text = program_text(&steps->program, command->ack_text);

    steps->late.waiting = true;
    steps->late.due_ns = later(now_ns, command->ack_delay_ms);
    steps->late.how = command->ack;
    steps->late.size = text.size;
    memcpy(steps->texts.late, text.bytes, text.size);
    steps->late.message_size =
        MIN(message.size, sizeof(steps->texts.late_message));
    memcpy(steps->texts.late_message, message.bytes, steps->late.message_size);
}

void steps_catch(struct steps *steps, struct text text, uint64_t now_ns,
                 struct decision *decision, struct writer *log)
{
    const struct command *command = steps_current(steps);

    write_string(log, " caught by the pending command: ");
    write_how(log, steps);
    write_action(log, command);
    if (command->ack_delay_ms > 0) {
        acknowledge_later(steps, text, now_ns);
        steps->phase = PHASE_CAUGHT;
        decision->state = steps_state(steps);
        return;
    }
    decide_acknowledgement(decision, NODE_SHUTDOWN, text, command->ack,
                           program_text(&steps->program, command->ack_text));
    fire_after_acknowledgement(steps, decision);
}

bool steps_catches(const struct steps *steps, struct text request)
{
    const struct command *command = steps_current(steps);

    return steps->phase == PHASE_ARMED &&
           (command->request.size == 0 ||
            text_equal(request,
                       program_text(&steps->program, command->request)));
}

/* The command that ordered the acknowledgement may have been replaced by
 * another one. */
void steps_acknowledge(struct steps *steps, uint64_t now_ns,
                       struct decision *decision, struct writer *log)
{
    steps->late.waiting = false;
    decide_acknowledgement(
        decision, NODE_SHUTDOWN,
        (struct text){steps->texts.late_message, steps->late.message_size},
        steps->late.how, (struct text){steps->texts.late, steps->late.size});
    write_format(log, "acknowledgement of %s", node_paths[NODE_SHUTDOWN]);
    steps_write_due(log, steps->late.due_ns, now_ns);
    decision->state = steps_state(steps);
    if (steps->phase == PHASE_CAUGHT)
        fire_after_acknowledgement(steps, decision);
}

void steps_write_due(struct writer *log, uint64_t due_ns, uint64_t now_ns)
{
    ASSERT(now_ns >= due_ns);
    write_format(log, " is due now, %llu us late",
                 (unsigned long long)((now_ns - due_ns) / 1000));
}

void steps_acknowledged(struct steps *steps, uint64_t now_ns)
{
    if (steps->phase == PHASE_DELAYED && steps->due_ns == TIME_NEVER)
        steps->due_ns = later(now_ns, steps_current(steps)->action_delay_ms);
}
