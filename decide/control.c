/* SPDX-License-Identifier: MIT */
/*
 * control - decides what to do about each message; see control.h.
 */
#include "decide/control.h"

#include <stddef.h>

#include "decide/steps.h"
#include "lib/assert.h"
#include "lib/format.h"
#include "lib/string.h"

void control_start(struct control *control, unsigned int (*mib_max)(void))
{
    memset(control, 0, offsetof(struct control, steps.program));
    control->mib_max = mib_max;
}

/* --- state ---------------------------------------------------------------- */

enum state control_state(const struct control *control)
{
    return steps_state(&control->steps);
}

uint64_t control_deadline(const struct control *control)
{
    return steps_deadline(&control->steps);
}

bool control_wants_time(const struct control *control)
{
    return steps_in_work(&control->steps) || control->steps.phase == PHASE_NEXT;
}

/* --- programs ------------------------------------------------------------- */

static void accept(struct control *control, const struct command_report *report,
                   uint64_t now_ns, struct decision *decision,
                   struct writer *log)
{
    control->counters[COUNTER_COMMANDS]++;
    if (control->steps.phase != PHASE_IDLE &&
        control->steps.phase != PHASE_DOING)
        write_string(log, ", the pending command is forgotten");
    steps_take(&control->steps, &control->newer, report);
    if (control->steps.program.is_array)
        write_format(log, ", %u commands", control->steps.program.count);
    write_string(log, ", ");
    steps_begin(&control->steps, now_ns, decision, log);
    if (report->ignored_count > 0) {
        write_string(log, "; unknown members ignored: ");
        answer_write_ignored(log, report);
    }
}

static void refuse(struct control *control, const struct command_report *report,
                   struct decision *decision, struct writer *log)
{
    struct answer answer = {
        .id = {report->id, report->id_size},
        .in_step = report->in_step,
        .step = report->step,
        .result = RESULT_REFUSED,
        .error = report->error,
    };

    control->counters[COUNTER_REFUSED]++;
    write_string(log, ": refused: ");
    if (report->in_step)
        write_format(log, "step %u: ", report->step);
    write_string(log, report->error);
    steps_answer(&control->steps, decision, &answer);
}

static void understand(struct control *control, struct text text,
                       uint64_t now_ns, struct decision *decision,
                       struct writer *log)
{
    struct command_report report;

    if (command_parse(text, control->mib_max, &control->newer, &report) == 0)
        accept(control, &report, now_ns, decision, log);
    else
        refuse(control, &report, decision, log);
}

/* --- messages ------------------------------------------------------------- */

static void write_message(struct writer *log, enum node node, struct text text)
{
    write_format(log, "%s ", node_paths[node]);
    write_quoted(log, text, QUOTED_MAX);
}

/* All that a request may change: everything in front of `program`. */
#define CHANGEABLE offsetof(struct control, steps.program)

_Static_assert(sizeof(struct program) >= CHANGEABLE, "newer has room for it");

/* Keep a copy, for control_withdrawn(). No text is parsed into `newer` before
 * it is known whether the request was withdrawn. */
static void remember(struct control *control)
{
    memcpy(&control->newer, control, CHANGEABLE);
}

static void obey(struct text request, struct decision *decision,
                 struct writer *log)
{
    enum action action;

    decide_acknowledgement(decision, NODE_SHUTDOWN, request, ACK_WRITE,
                           TEXT(""));
    if (!action_of_request(request, &action)) {
        write_string(log, " is unknown: acknowledged and ignored");
        return;
    }
    write_string(log, ": acknowledge, then ");
    write_string(log, action_rows[action].name);
    decide_action(decision, action, 0);
}

static void testing_message(struct control *control, enum node node,
                            struct text text, uint64_t now_ns,
                            struct decision *decision, struct writer *log)
{
    char *handled = control->texts.handled[node];
    size_t *handled_size = &control->handled_size[node];

    decide_acknowledgement(decision, node, text, ACK_WRITE, TEXT(""));
    if (text_equal(text, (struct text){handled, *handled_size})) {
        decision->acknowledgement.again = true;
        return;
    }
    *handled_size = MIN(text.size, sizeof(control->texts.handled[node]));
    memcpy(handled, text.bytes, *handled_size);
    write_string(log, node_paths[node]);
    understand(control, text, now_ns, decision, log);
}

static void shutdown_message(struct control *control, struct text text,
                             uint64_t now_ns, struct decision *decision,
                             struct writer *log)
{
    if (text_equal(
            text, (struct text){control->texts.written, control->written_size}))
        return;
    control->written_size = 0;
    write_message(log, NODE_SHUTDOWN, text);
    if (steps_in_work(&control->steps)) {
        control->unread = true;
        write_string(log, " waits: a command is in work");
        return;
    }
    remember(control);
    control->counters[COUNTER_REQUESTS]++;
    if (steps_catches(&control->steps, text))
        steps_catch(&control->steps, text, now_ns, decision, log);
    else
        obey(text, decision, log);
    decision->acknowledgement.needed = true;
}

static void sysrq_message(struct text text, struct decision *decision,
                          struct writer *log)
{
    decide_acknowledgement(decision, NODE_SYSRQ, text, ACK_WRITE, TEXT(""));
    decision->acknowledgement.needed = true;
    write_message(log, NODE_SYSRQ, text);
    if (text_is(text, "c")) {
        write_string(log, ": acknowledge, then crash");
        decide_action(decision, ACTION_CRASH, 0);
    } else {
        write_string(log, ": acknowledged and ignored");
    }
}

void control_command_line(struct control *control, struct text text, bool cut,
                          uint64_t now_ns, struct decision *decision)
{
    struct writer log;

    decision_start(decision, control_state(control), &log);
    if (text.size == 0)
        return;

    /* Not before: to clear it would cost each boot that has no such text. */
    struct command_report report = {.error = "the command line may be cut"};

    write_string(&log, "testing=");
    if (cut)
        refuse(control, &report, decision, &log);
    else
        understand(control, text, now_ns, decision, &log);
}

void control_message(struct control *control, enum node node, struct text text,
                     uint64_t now_ns, struct decision *decision)
{
    struct writer log;

    decision_start(decision, control_state(control), &log);
    if (text.size == 0) {
        /* An empty node is no request. It also means that the last message or
         * the VM's own text is gone. */
        if (node == NODE_TESTING || node == NODE_DATA_TESTING)
            control->handled_size[node] = 0;
        else if (node == NODE_SHUTDOWN)
            control->written_size = 0;
        return;
    }
    switch (node) {
    case NODE_TESTING:
    case NODE_DATA_TESTING:
        testing_message(control, node, text, now_ns, decision, &log);
        break;
    case NODE_SHUTDOWN:
        shutdown_message(control, text, now_ns, decision, &log);
        break;
    case NODE_SYSRQ:
        sysrq_message(text, decision, &log);
        break;
    case NODE_COUNT:
        break;
    }
}

void control_acknowledged(struct control *control,
                          const struct decision *decision,
                          enum acknowledged result, uint64_t now_ns)
{
    const struct acknowledgement *acknowledgement = &decision->acknowledgement;
    const enum node node = acknowledgement->node;

    steps_acknowledged(&control->steps, now_ns);
    if (!acknowledgement->wanted)
        return;
    if (node == NODE_TESTING || node == NODE_DATA_TESTING) {
        /* Acknowledged or late: the node no longer holds the handled message.
         */
        if (result != ACKNOWLEDGE_REFUSED)
            control->handled_size[node] = 0;
    } else if (node == NODE_SHUTDOWN && result == ACKNOWLEDGED &&
               acknowledgement->how == ACK_WRITE) {
        ASSERT(acknowledgement->text.size <= sizeof(control->texts.written));
        control->written_size = acknowledgement->text.size;
        memcpy(control->texts.written, acknowledgement->text.bytes,
               control->written_size);
    }
}

void control_withdrawn(struct control *control, struct decision *decision)
{
    const enum node node = decision->acknowledgement.node;
    const struct text text = decision->acknowledgement.message;
    struct writer log;

    if (node == NODE_SHUTDOWN) {
        memcpy(control, &control->newer, CHANGEABLE);
        control->counters[COUNTER_WITHDRAWN]++;
    }
    decision_start(decision, control_state(control), &log);
    write_message(&log, node, text);
    write_string(&log, " was withdrawn: nothing is done");
}

/* --- without a message ---------------------------------------------------- */

bool control_next(struct control *control, uint64_t now_ns,
                  struct decision *decision)
{
    static const struct outcome success;
    struct writer log;

    decision_start(decision, control_state(control), &log);
    if (control->steps.late.waiting && now_ns >= control->steps.late.due_ns) {
        steps_acknowledge(&control->steps, now_ns, decision, &log);
    } else if (control->steps.phase == PHASE_DELAYED &&
               now_ns >= control->steps.due_ns) {
        write_string(&log,
                     action_rows[steps_current(&control->steps)->action].name);
        steps_write_due(&log, control->steps.due_ns, now_ns);
        steps_fire(&control->steps, decision);
    } else if (control->steps.phase == PHASE_NEXT) {
        write_format(&log, "step %u ", control->steps.step);
        steps_begin(&control->steps, now_ns, decision, &log);
    } else if (control->steps.doing[TRACK_STOP].active &&
               !control->steps.doing[TRACK_WORK].active) {
        write_string(&log, "ignore is over: done");
        steps_end(&control->steps, TRACK_STOP, &success, decision);
        decision->state = control_state(control);
    } else if (control->unread && !steps_in_work(&control->steps)) {
        control->unread = false;
        decision->read_again = true;
    } else {
        return false;
    }
    return true;
}

void control_finished(struct control *control, enum track track,
                      const struct outcome *outcome, struct decision *decision)
{
    const struct doing *doing = &control->steps.doing[track];
    struct writer log;

    decision_start(decision, control_state(control), &log);
    if (!doing->active)
        return;
    write_format(&log, "%s is over: %s", action_rows[doing->action].name,
                 outcome->error ? outcome->error : "done");
    steps_end(&control->steps, track, outcome, decision);
    decision->state = control_state(control);
}

void control_suspend_event(struct control *control, struct decision *decision)
{
    struct writer log;

    decision_start(decision, control_state(control), &log);
    write_string(&log, "suspend asked for by event channel");
    decide_action(decision, ACTION_SUSPEND, 0);
}

void control_suspended(struct control *control, enum suspended result,
                       unsigned int memory_errors, struct decision *decision)
{
    const struct doing *doing = &control->steps.doing[TRACK_MAIN];
    const struct outcome outcome = {
        .error = result == SUSPEND_REFUSED ? "Xen refused to suspend" : 0,
    };

    control_memory_changed(control, memory_errors, decision);
    control->counters[COUNTER_SUSPENDS]++;
    if (result == SUSPEND_RESUMED)
        control->counters[COUNTER_RESUMES]++;
    else if (result == SUSPEND_CANCELLED)
        control->counters[COUNTER_CANCELS]++;
    if (doing->active && doing->action == ACTION_SUSPEND)
        steps_end(&control->steps, TRACK_MAIN, &outcome, decision);
    decision->state = control_state(control);
}

void control_memory_changed(struct control *control, unsigned int words,
                            struct decision *decision)
{
    struct writer log;

    decision_start(decision, control_state(control), &log);
    control->counters[COUNTER_MEMORY_ERRORS] += words;
    if (words > 0)
        write_format(&log, "%u words of memory are not what was written",
                     words);
}
