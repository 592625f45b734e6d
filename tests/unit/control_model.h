/* SPDX-License-Identifier: MIT */
/*
 * A naive model of kernel/control: docs/control-protocol.md put into code.
 *
 * It knows nothing of control.c: instead of a state it keeps the history of
 * what each node has held, and looks back into it.
 */
#ifndef TESTS_UNIT_CONTROL_MODEL_H
#define TESTS_UNIT_CONTROL_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/control.h"
#include "lib/macros.h"
#include "tests/unit/actions.h"

#define EVENT_COUNT 50 /* in the life of a model */

/* --- messages whose meaning is known without asking the parser -------------*/

struct message {
    char text[160];
    bool refused;
    bool now;
    const char *ack; /* as written; null: missing */
    const char *action;
    const char *id; /* null: none */
};

static const char *const acks[] = {NULL,     "ok", "none",   "delete",
                                   "custom", "",   "reboot", "dance"};
static const char *const requests[] = {"",     "suspend", "poweroff", "reboot",
                                       "halt", "crash",   "dance",    "custom"};

static const struct message refused[] = {
    {.text = "reboot", .refused = true},
    {.text = "{\"when\":\"later\",\"action\":\"halt\",\"id\":\"no\"}",
     .refused = true,
     .id = "no"},
    {.text = "{\"when\":\"now\"}", .refused = true},
};

#define COMMAND_COUNT (2 * ARRAY_COUNT(acks) * ARRAY_COUNT(actions) * 2)
static struct message messages[COMMAND_COUNT + ARRAY_COUNT(refused)];

static void write_message(struct message *message)
{
    char ack[32] = "";
    char id[32] = "";

    if (message->ack)
        snprintf(ack, sizeof(ack), ",\"ack\":\"%s\"", message->ack);
    if (message->id)
        snprintf(id, sizeof(id), ",\"id\":\"%s\"", message->id);
    snprintf(message->text, sizeof(message->text),
             "{\"when\":\"%s\",\"action\":\"%s\"%s%s}",
             message->now ? "now" : "onshutdown", message->action, ack, id);
}

static int write_messages(void **state)
{
    struct message *message = messages;

    (void)state;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        size_t rest = i / 4;

        message->now = i & 1;
        message->id = i & 2 ? "a1" : NULL;
        message->ack = acks[rest % ARRAY_COUNT(acks)];
        message->action = actions[rest / ARRAY_COUNT(acks)].word;
        write_message(message++);
    }
    memcpy(message, refused, sizeof(refused));
    return 0;
}

/* --- the model -------------------------------------------------------------*/

/* Something that a node has held, in order. */
struct held {
    const char *text; /* null: something that nobody has seen */
    bool ours;        /* the VM wrote it */
    bool obeyed;      /* the VM understood or refused it */
};

struct history {
    struct held held[4 * EVENT_COUNT];
    size_t count;
};

struct model {
    struct history histories[NODE_COUNT];
    const struct message *pending;
    const struct message *suspender; /* the command that waits for its end */
    unsigned int requests, commands, refused, answers;
    unsigned int suspends, resumes, cancels, memory_errors;
};

/* What the VM has to do; null: nothing of that kind. */
struct expected {
    bool log;
    const char *ack; /* "none", "delete", or "=" and what to write */
    bool again;
    const char *result;
    const char *id;
    const char *act; /* the action to be done, if there is something to do */
};

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

/* What `ack` says, as struct expected has it. */
static const char *ack_of(const char *ack)
{
    static char write[32];

    if (!ack || strcmp(ack, "ok") == 0)
        return "=";
    if (strcmp(ack, "none") == 0 || strcmp(ack, "delete") == 0)
        return ack;
    snprintf(write, sizeof(write), "=%s", ack);
    return write;
}

/* The action is done. Its command answers, if it came from one. */
static void obey(struct model *model, struct expected *expected,
                 const char *action, const struct message *command)
{
    enum deed deed = deed_of(action);
    bool suspends = deed == DEED_SUSPEND;

    if (deed != DEED_NOTHING)
        expected->act = action;
    if (!command)
        return;
    if (suspends)
        model->suspender = command;
    if (suspends && !command->now)
        return;
    expected->result = suspends ? "started" : "done";
    expected->id = command->id;
    model->answers++;
}

/* Somebody asks for a suspend without a word. */
static struct expected model_suspend_event(struct model *model)
{
    struct expected expected = {.log = true, .ack = "none"};

    obey(model, &expected, "suspend", NULL);
    return expected;
}

/* A suspend is over. */
static struct expected model_suspended(struct model *model, enum suspended how,
                                       unsigned int memory_errors)
{
    struct expected expected = {.log = memory_errors > 0, .ack = "none"};

    model->suspends++;
    model->resumes += how == SUSPEND_RESUMED;
    model->cancels += how == SUSPEND_CANCELLED;
    model->memory_errors += memory_errors;
    if (!model->suspender)
        return expected;
    expected.result = how == SUSPEND_REFUSED ? "failed" : "done";
    expected.id = model->suspender->id;
    model->suspender = NULL;
    model->answers++;
    return expected;
}

static struct expected model_request(struct model *model, const char *text)
{
    struct history *history = &model->histories[NODE_SHUTDOWN];
    struct expected expected = {.log = true, .ack = "="};
    const struct message *command = model->pending;
    bool written_by_us = still(history, text, true, false);

    hold(history, (struct held){.text = text});
    if (text[0] == '\0' || written_by_us)
        return (struct expected){.ack = "none"};
    model->requests++;
    if (command) {
        expected.ack = ack_of(command->ack);
        obey(model, &expected, command->action, command);
        model->pending = NULL;
        return expected;
    }
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        if (strcmp(text, actions[i].word) == 0 && actions[i].is_request)
            obey(model, &expected, text, NULL);
    }
    return expected;
}

static struct expected model_command(struct model *model, enum node node,
                                     const struct message *message)
{
    struct history *history = &model->histories[node];
    struct expected expected = {.log = true, .ack = "=", .id = message->id};
    bool obeyed = still(history, message->text, false, true);
    struct held held = {.text = message->text, .obeyed = true};

    hold(history, held);
    if (message->text[0] == '\0')
        return (struct expected){.ack = "none"};
    if (obeyed)
        return (struct expected){.ack = "=", .again = true};
    if (message->refused) {
        expected.result = "refused";
        model->refused++;
        model->answers++;
        return expected;
    }
    model->commands++;
    model->pending = NULL;
    if (message->now) {
        obey(model, &expected, message->action, message);
        return expected;
    }
    model->pending = message;
    expected.result = "armed";
    model->answers++;
    return expected;
}

#endif
