/* SPDX-License-Identifier: MIT */
/*
 * steps - a program on its way; see steps.h.
 */
#include "decide/steps.h"

#include "lib/format.h"
#include "lib/string.h"

const struct command *steps_current(const struct control *control)
{
    return &control->program.steps[control->step];
}

/* A command is at a message, or at its own action: other messages wait. */
bool steps_in_work(const struct control *control)
{
    return control->late.waiting || control->phase == PHASE_DELAYED;
}

/* Whether the step applies once more, after this time. */
static bool applies_again(const struct control *control)
{
    return control->left != 1; /* 0 is for ever */
}

static bool has_next_step(const struct control *control)
{
    return control->step + 1 < control->program.count;
}

bool steps_follow(const struct control *control)
{
    return applies_again(control) || has_next_step(control);
}

static uint64_t later(uint64_t now_ns, uint32_t delay_ms)
{
    return now_ns + (uint64_t)delay_ms * 1000000;
}

void steps_answer(struct control *control, struct decision *decision,
                  struct answer answer)
{
    struct writer writer;

    answer.seq = ++control->seq;
    writer_start(&writer, decision->answer, sizeof(decision->answer));
    answer_write(&writer, &answer);
}

/* Only the first answer to a program names what was ignored in it. */
static const struct command_report *first_report(struct control *control)
{
    const bool first = !control->reported;

    control->reported = true;
    return first ? &control->report : 0;
}

static struct answer of_step(struct control *control, const char *result)
{
    return (struct answer){
        .id = program_text(&control->program, steps_current(control)->id),
        .in_step = control->program.is_array,
        .step = control->step,
        .result = result,
        .report = first_report(control),
    };
}

static void write_how(struct writer *log, const struct control *control)
{
    const struct command *command = steps_current(control);

    switch (command->ack) {
    case ACK_WRITE:
        write_string(log, "acknowledge by writing ");
        write_quoted(log, program_text(&control->program, command->ack_text),
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

/* The action has been done, so it was one of the times that it applies. */
static void finish(struct control *control)
{
    if (applies_again(control)) {
        if (control->left > 0)
            control->left--;
        control->phase = PHASE_ARMED;
    } else if (has_next_step(control)) {
        control->step++;
        control->phase = PHASE_NEXT;
    } else {
        control->phase = PHASE_IDLE;
    }
}

/* The answer is owed until the action on this track is over. */
static void owe(struct control *control, enum track track)
{
    const struct command *command = steps_current(control);
    const struct text id = program_text(&control->program, command->id);
    struct doing *doing = &control->doing[track];

    doing->active = true;
    doing->of_program = true;
    doing->action = command->action;
    doing->in_step = control->program.is_array;
    doing->step = control->step;
    doing->id_size = id.size;
    memcpy(doing->id, id.bytes, id.size);
    control->phase = PHASE_DOING;
}

void steps_end(struct control *control, enum track track,
               const struct outcome *outcome, struct decision *decision)
{
    struct doing *doing = &control->doing[track];

    steps_answer(control, decision,
                 (struct answer){
                     .id = {doing->id, doing->id_size},
                     .in_step = doing->in_step,
                     .step = doing->step,
                     .result = outcome->error ? "failed" : "done",
                     .error = outcome->error,
                     .detail = outcome->detail,
                     .report = doing->of_program ? first_report(control) : 0,
                 });
    doing->active = false;
    if (doing->of_program)
        finish(control);
}

/* What takes time is answered when it is over; that it has started is news
 * only for `now`, and only if that was not said before a delay. */
static void answer_started(struct control *control, struct decision *decision)
{
    const struct command *command = steps_current(control);

    if (command->when == WHEN_NOW && command->action_delay_ms == 0)
        steps_answer(control, decision, of_step(control, "started"));
}

/* `now` with `ignore` stops the work, and is done when that is over. */
static bool stops_work(const struct control *control)
{
    const struct command *command = steps_current(control);

    return command->action == ACTION_IGNORE && command->when == WHEN_NOW &&
           control->doing[TRACK_WORK].active;
}

/* The action of the step is due. */
void steps_fire(struct control *control, struct decision *decision)
{
    const struct command *command = steps_current(control);
    enum course course = action_rows[command->action].course;

    if (stops_work(control)) {
        answer_started(control, decision);
        owe(control, TRACK_STOP);
    } else if (course == COURSE_NOTHING || course == COURSE_END) {
        steps_answer(control, decision, of_step(control, "done"));
        finish(control);
    } else if (course == COURSE_WORK) {
        /* It takes the place of other work, and of who waits for its end. */
        control->doing[TRACK_STOP].active = false;
        answer_started(control, decision);
        owe(control, TRACK_WORK);
    } else {
        if (course == COURSE_SUSPEND)
            answer_started(control, decision);
        owe(control, TRACK_MAIN);
    }
    decision->state = control_state(control);
    decide_action(decision, command->action, command);
}

/* The message is acknowledged now; the action may be due later. */
static void fire_after_acknowledgement(struct control *control,
                                       struct decision *decision)
{
    if (steps_current(control)->action_delay_ms == 0) {
        steps_fire(control, decision);
        return;
    }
    control->phase = PHASE_DELAYED;
    control->due_ns = CONTROL_NEVER;
    decision->state = control_state(control);
}

void steps_begin(struct control *control, uint64_t now_ns,
                 struct decision *decision, struct writer *log)
{
    const struct command *command = steps_current(control);

    control->left = command->count;
    if (command->when == WHEN_ONSHUTDOWN) {
        control->phase = PHASE_ARMED;
        write_string(log, "armed: at the next request ");
        if (command->request.size > 0) {
            write_quoted(log, program_text(&control->program, command->request),
                         QUOTED_MAX);
            write_char(log, ' ');
        }
        write_how(log, control);
        write_action(log, command);
        steps_answer(control, decision, of_step(control, "armed"));
        decision->state = control_state(control);
        return;
    }
    write_string(log, "now: ");
    write_action(log, command);
    if (command->action_delay_ms == 0) {
        steps_fire(control, decision);
        return;
    }
    control->phase = PHASE_DELAYED;
    control->due_ns = later(now_ns, command->action_delay_ms);
    steps_answer(control, decision, of_step(control, "started"));
    decision->state = control_state(control);
}

/* --- a message is caught -------------------------------------------------- */

/* Keep for later what the command and the message say of acknowledgement. */
static void acknowledge_later(struct control *control, struct text message,
                              uint64_t now_ns)
{
    const struct command *command = steps_current(control);
    const struct text text = program_text(&control->program, command->ack_text);

    control->late.waiting = true;
    control->late.due_ns = later(now_ns, command->ack_delay_ms);
    control->late.how = command->ack;
    control->late.size = text.size;
    memcpy(control->texts.late, text.bytes, text.size);
    control->late.message_size =
        MIN(message.size, sizeof(control->texts.late_message));
    memcpy(control->texts.late_message, message.bytes,
           control->late.message_size);
}

void steps_catch(struct control *control, struct text text, uint64_t now_ns,
                 struct decision *decision, struct writer *log)
{
    const struct command *command = steps_current(control);

    write_string(log, " caught by the pending command: ");
    write_how(log, control);
    write_action(log, command);
    if (command->ack_delay_ms > 0) {
        acknowledge_later(control, text, now_ns);
        control->phase = PHASE_CAUGHT;
        decision->state = control_state(control);
        return;
    }
    decide_acknowledgement(decision, NODE_SHUTDOWN, text, command->ack,
                           program_text(&control->program, command->ack_text));
    fire_after_acknowledgement(control, decision);
}

bool steps_catches(const struct control *control, struct text request)
{
    const struct command *command = steps_current(control);

    return control->phase == PHASE_ARMED &&
           (command->request.size == 0 ||
            text_equal(request,
                       program_text(&control->program, command->request)));
}

/* The command may have been replaced meanwhile; what it ordered is done. */
void steps_acknowledge(struct control *control, uint64_t now_ns,
                       struct decision *decision, struct writer *log)
{
    control->late.waiting = false;
    decide_acknowledgement(
        decision, NODE_SHUTDOWN,
        (struct text){control->texts.late_message, control->late.message_size},
        control->late.how,
        (struct text){control->texts.late, control->late.size});
    write_format(log, "acknowledgement of %s", node_paths[NODE_SHUTDOWN]);
    steps_write_due(log, control->late.due_ns, now_ns);
    decision->state = control_state(control);
    if (control->phase == PHASE_CAUGHT)
        fire_after_acknowledgement(control, decision);
}

void steps_write_due(struct writer *log, uint64_t due_ns, uint64_t now_ns)
{
    write_format(log, " is due now, %llu us late",
                 (unsigned long long)((now_ns - due_ns) / 1000));
}

void steps_acknowledged(struct control *control, uint64_t now_ns)
{
    if (control->phase == PHASE_DELAYED && control->due_ns == CONTROL_NEVER)
        control->due_ns =
            later(now_ns, steps_current(control)->action_delay_ms);
}
