/* SPDX-License-Identifier: MIT */
/*
 * decision - what to do about one event; see decision.h.
 */
#include "decide/decision.h"

const char *const node_paths[NODE_COUNT] = {
    [NODE_TESTING] = "control/testing",
    [NODE_DATA_TESTING] = "data/testing",
    [NODE_SHUTDOWN] = "control/shutdown",
    [NODE_SYSRQ] = "control/sysrq",
};

const char *const state_names[STATE_COUNT] = {
    [STATE_READY] = "ready",       [STATE_ARMED] = "armed",
    [STATE_WAITING] = "waiting",   [STATE_BUSY] = "busy",
    [STATE_DEAF] = "deaf",         [STATE_SUSPENDING] = "suspending",
    [STATE_STOPPING] = "stopping",
};

void decision_start(struct decision *decision, enum state state,
                    struct writer *log)
{
    /* Clear only the first byte of the texts, because they are large. */
    decision->answer[0] = '\0';
    decision->acknowledgement = (struct acknowledgement){.wanted = false};
    decision->state = state;
    decision->read_again = false;
    decision->act = false;
    decision->command = 0;
    writer_start(log, decision->log, sizeof(decision->log));
}

void decide_acknowledgement(struct decision *decision, enum node node,
                            struct text message, enum ack how, struct text text)
{
    decision->acknowledgement = (struct acknowledgement){
        .wanted = how != ACK_NONE,
        .node = node,
        .message = message,
        .how = how,
        .text = text,
    };
}

void decide_action(struct decision *decision, enum action action,
                   const struct command *command)
{
    decision->act = true;
    decision->action = action;
    decision->command = command;
    if (action_rows[action].stops)
        decision->state = STATE_STOPPING;
    else if (action == ACTION_SUSPEND)
        decision->state = STATE_SUSPENDING;
}
