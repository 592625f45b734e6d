/* SPDX-License-Identifier: MIT */
/*
 * control - what to do about each message; see control.h.
 */
#include "kernel/control.h"

#include "lib/format.h"
#include "lib/string.h"

#define QUOTED_MAX 200 /* bytes shown of text from outside */

/* More is kept of a name: one that was cut there is cut here too. */
#define NAME_QUOTED_MAX 40

/* An id and a sentence are short enough to be always shown whole. */
#define WHOLE SIZE_MAX

const char *const node_paths[NODE_COUNT] = {
    [NODE_TESTING] = "control/testing",
    [NODE_DATA_TESTING] = "data/testing",
    [NODE_SHUTDOWN] = "control/shutdown",
    [NODE_SYSRQ] = "control/sysrq",
};

const char *const state_names[] = {
    [STATE_READY] = "ready",
    [STATE_ARMED] = "armed",
    [STATE_SUSPENDING] = "suspending",
    [STATE_STOPPING] = "stopping",
};

void control_start(struct control *control)
{
    memset(control, 0, sizeof(*control));
}

enum state control_state(const struct control *control)
{
    return control->armed ? STATE_ARMED : STATE_READY;
}

/* --- parts of a decision -------------------------------------------------- */

static void acknowledge(struct decision *decision, enum ack how,
                        struct text text)
{
    memcpy(decision->ack_text, text.bytes, text.size);
    decision->acknowledgement = (struct acknowledgement){
        .wanted = how != ACK_NONE,
        .how = how,
        .text = {decision->ack_text, text.size},
    };
}

static void act(struct decision *decision, enum action action)
{
    decision->act = true;
    decision->action = action;
    if (action_rows[action].stops)
        decision->state = STATE_STOPPING;
    else if (action == ACTION_SUSPEND)
        decision->state = STATE_SUSPENDING;
}

static void write_ignored(struct writer *writer,
                          const struct command_report *report)
{
    const char *separator = "";

    for (unsigned int i = 0;
         i < MIN(report->ignored_count, (unsigned int)COMMAND_IGNORED_MAX);
         i++) {
        write_string(writer, separator);
        write_quoted(writer,
                     (struct text){report->ignored[i], report->ignored_size[i]},
                     NAME_QUOTED_MAX);
        separator = ", ";
    }
    if (report->ignored_count > COMMAND_IGNORED_MAX)
        write_string(writer, ", \"...\"");
}

/* Compose the answer; `error` and `report` may be null. */
static void answer(struct control *control, struct decision *decision,
                   struct text id, const char *result, const char *error,
                   const struct command_report *report)
{
    struct writer writer;

    writer_start(&writer, decision->answer, sizeof(decision->answer));
    write_format(&writer, "{\"seq\": %u", ++control->seq);
    if (id.size > 0) {
        write_string(&writer, ", \"id\": ");
        write_quoted(&writer, id, WHOLE);
    }
    write_format(&writer, ", \"result\": \"%s\"", result);
    if (error) {
        write_string(&writer, ", \"error\": ");
        write_quoted(&writer, text_of(error), WHOLE);
    }
    if (report && report->ignored_count > 0) {
        write_string(&writer, ", \"ignored\": [");
        write_ignored(&writer, report);
        write_char(&writer, ']');
    }
    write_char(&writer, '}');
}

/*
 * The answer to a command whose action is due now. What takes time is answered
 * when it is over; that it has started is news only for `now`.
 */
static void answer_acted(struct control *control, struct decision *decision,
                         const struct command *command,
                         const struct command_report *report)
{
    const struct text id = {command->id, command->id_size};

    if (command->action != ACTION_SUSPEND) {
        answer(control, decision, id, "done", 0, report);
        return;
    }
    if (command->when == WHEN_NOW)
        answer(control, decision, id, "started", 0, report);
    control->answer_owed = true;
    control->owed_id_size = id.size;
    memcpy(control->owed_id, id.bytes, id.size);
}

static void write_how(struct writer *log, const struct command *command)
{
    switch (command->ack) {
    case ACK_WRITE:
        write_string(log, "acknowledge by writing ");
        write_quoted(log, (struct text){command->ack_text, command->ack_size},
                     QUOTED_MAX);
        break;
    case ACK_NONE:
        write_string(log, "do not acknowledge");
        break;
    case ACK_DELETE:
        write_string(log, "acknowledge by removing the node");
        break;
    }
}

/* --- messages ------------------------------------------------------------- */

static void accept(struct control *control, const struct command *command,
                   const struct command_report *report,
                   struct decision *decision, struct writer *log)
{
    control->counters[COUNTER_COMMANDS]++;
    if (control->armed)
        write_string(log, ", the pending command is forgotten");
    control->armed = command->when == WHEN_ONSHUTDOWN;
    control->pending = *command;
    if (control->armed) {
        write_string(log, ", armed: at the next request ");
        write_how(log, command);
        write_format(log, ", then %s", action_rows[command->action].name);
        answer(control, decision, (struct text){command->id, command->id_size},
               "armed", 0, report);
    } else {
        write_string(log, ", now: ");
        write_string(log, action_rows[command->action].name);
        answer_acted(control, decision, command, report);
    }
    if (report->ignored_count > 0) {
        write_string(log, "; unknown members ignored: ");
        write_ignored(log, report);
    }
    decision->state = control_state(control);
    if (!control->armed)
        act(decision, command->action);
}

static void testing_message(struct control *control, enum node node,
                            struct text text, struct decision *decision,
                            struct writer *log)
{
    struct command command;
    struct command_report report;
    char *handled = control->handled[node].text;
    size_t *handled_size = &control->handled[node].size;

    acknowledge(decision, ACK_WRITE, TEXT(""));
    if (text_equal(text, (struct text){handled, *handled_size})) {
        decision->acknowledgement.again = true;
        return;
    }
    *handled_size = MIN(text.size, sizeof(control->handled[node].text));
    memcpy(handled, text.bytes, *handled_size);

    write_string(log, node_paths[node]);
    if (command_parse(text, &command, &report) == 0) {
        accept(control, &command, &report, decision, log);
        return;
    }
    control->counters[COUNTER_REFUSED]++;
    write_format(log, ": refused: %s", report.error);
    answer(control, decision, (struct text){report.id, report.id_size},
           "refused", report.error, &report);
}

static void shutdown_message(struct control *control, struct text text,
                             struct decision *decision, struct writer *log)
{
    const struct command *command = &control->pending;
    enum action action;

    if (text_equal(text,
                   (struct text){control->written, control->written_size}))
        return;
    control->written_size = 0;
    control->counters[COUNTER_REQUESTS]++;
    write_format(log, "%s ", node_paths[NODE_SHUTDOWN]);
    write_quoted(log, text, QUOTED_MAX);
    if (control->armed) {
        control->armed = false;
        write_string(log, " caught by the pending command: ");
        write_how(log, command);
        write_string(log, ", then ");
        write_string(log, action_rows[command->action].name);
        acknowledge(decision, command->ack,
                    (struct text){command->ack_text, command->ack_size});
        answer_acted(control, decision, command, 0);
        decision->state = control_state(control);
        act(decision, command->action);
        return;
    }
    acknowledge(decision, ACK_WRITE, TEXT(""));
    if (!action_of_request(text, &action)) {
        write_string(log, " is unknown: acknowledged and ignored");
        return;
    }
    write_string(log, ": acknowledge, then ");
    write_string(log, action_rows[action].name);
    act(decision, action);
}

static void sysrq_message(struct text text, struct decision *decision,
                          struct writer *log)
{
    acknowledge(decision, ACK_WRITE, TEXT(""));
    write_format(log, "%s ", node_paths[NODE_SYSRQ]);
    write_quoted(log, text, QUOTED_MAX);
    if (text_is(text, "c")) {
        write_string(log, ": acknowledge, then crash");
        act(decision, ACTION_CRASH);
    } else {
        write_string(log, ": acknowledged and ignored");
    }
}

/* Nothing to do yet. */
static void begin(const struct control *control, struct decision *decision,
                  struct writer *log)
{
    /* Not all of it: the texts are large, and empty by their first byte. */
    decision->answer[0] = '\0';
    decision->acknowledgement = (struct acknowledgement){.wanted = false};
    decision->state = control_state(control);
    decision->act = false;
    writer_start(log, decision->log, sizeof(decision->log));
}

void control_message(struct control *control, enum node node, struct text text,
                     struct decision *decision)
{
    struct writer log;

    begin(control, decision, &log);
    if (text.size == 0) {
        /* No request; and what was dealt with does not stand any more. */
        if (node == NODE_TESTING || node == NODE_DATA_TESTING)
            control->handled[node].size = 0;
        else if (node == NODE_SHUTDOWN)
            control->written_size = 0;
        return;
    }
    switch (node) {
    case NODE_TESTING:
    case NODE_DATA_TESTING:
        testing_message(control, node, text, decision, &log);
        break;
    case NODE_SHUTDOWN:
        shutdown_message(control, text, decision, &log);
        break;
    case NODE_SYSRQ:
        sysrq_message(text, decision, &log);
        break;
    case NODE_COUNT:
        break;
    }
}

void control_acknowledged(struct control *control, enum node node,
                          const struct decision *decision,
                          enum acknowledged result)
{
    const struct text text = decision->acknowledgement.text;

    switch (node) {
    case NODE_TESTING:
    case NODE_DATA_TESTING:
        /* Acknowledged or replaced: the node has held something else. */
        if (result != ACKNOWLEDGE_REFUSED)
            control->handled[node].size = 0;
        break;
    case NODE_SHUTDOWN:
        if (result == ACKNOWLEDGED &&
            decision->acknowledgement.how == ACK_WRITE) {
            control->written_size = text.size;
            memcpy(control->written, text.bytes, text.size);
        }
        break;
    case NODE_SYSRQ:
    case NODE_COUNT:
        break;
    }
}

void control_suspend_event(struct control *control, struct decision *decision)
{
    struct writer log;

    begin(control, decision, &log);
    write_string(&log, "suspend asked for by event channel");
    act(decision, ACTION_SUSPEND);
}

void control_suspended(struct control *control, enum suspended result,
                       unsigned int memory_errors, struct decision *decision)
{
    const struct text id = {control->owed_id, control->owed_id_size};
    struct writer log;

    begin(control, decision, &log);
    control->counters[COUNTER_SUSPENDS]++;
    if (result == SUSPEND_RESUMED)
        control->counters[COUNTER_RESUMES]++;
    else if (result == SUSPEND_CANCELLED)
        control->counters[COUNTER_CANCELS]++;
    control->counters[COUNTER_MEMORY_ERRORS] += memory_errors;
    if (memory_errors > 0)
        write_format(&log, "%u words of memory changed while suspended",
                     memory_errors);
    if (!control->answer_owed)
        return;
    control->answer_owed = false;
    if (result == SUSPEND_REFUSED)
        answer(control, decision, id, "failed", "Xen refused to suspend", 0);
    else
        answer(control, decision, id, "done", 0, 0);
}
