/* SPDX-License-Identifier: MIT */
/*
 * Random messages, with a meaning that is known without the parser.
 */
#ifndef TESTS_UNIT_CONTROL_RANDOM_H
#define TESTS_UNIT_CONTROL_RANDOM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/macros.h"
#include "tests/unit/actions.h"

#define STEP_MAX 4 /* steps of a program */

static uint64_t random_state;

static unsigned int pick(size_t count)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned int)((random_state >> 20) % count);
}

static bool chance(unsigned int percent)
{
    return pick(100) < percent;
}

struct step {
    const char *id, *ack, *request; /* null: missing */
    const struct expected_action *action;
    const char *wrong; /* a member that causes a refusal; null: none */
    bool now;
    unsigned int ack_delay_ms, action_delay_ms;
    unsigned int count;
};

struct message {
    char text[1600];
    bool is_array;
    bool refused;
    unsigned int refused_step;
    unsigned int count;
    struct step steps[STEP_MAX];
};

static const char *const acks[] = {NULL,     "ok", "none",   "delete",
                                   "custom", "",   "reboot", "dance"};
static const char *const requests[] = {"",     "suspend", "poweroff", "reboot",
                                       "halt", "crash",   "dance",    "custom"};
static const char *const ids[] = {NULL, "a1", "b", "c"};
static const unsigned int delays_ms[] = {1, 3, 5, 5, 1000, 3600000};

/* Seldom an action that ends the VM, because the end forgets everything. */
static const struct expected_action *random_action(void)
{
    const struct expected_action *action;

    do
        action = &actions[pick(ARRAY_COUNT(actions))];
    while ((action->deed == DEED_STOP || action->deed == DEED_NEVER) &&
           chance(90));
    return chance(20) ? &actions[ACTION_IGNORE] : action;
}

static unsigned int random_delay(void)
{
    return chance(40) ? delays_ms[pick(ARRAY_COUNT(delays_ms))] : 0;
}

static struct step random_step(bool last)
{
    struct step step = {
        .now = chance(40),
        .id = ids[pick(ARRAY_COUNT(ids))],
        .ack = acks[pick(ARRAY_COUNT(acks))],
        .action = random_action(),
        .action_delay_ms = random_delay(),
        .count = 1,
    };

    if (!step.now) {
        step.ack_delay_ms = random_delay();
        if (chance(30))
            step.request = requests[1 + pick(ARRAY_COUNT(requests) - 1)];
        if (chance(30))
            step.count = last ? pick(4) : 1 + pick(3);
    }
    if (chance(3))
        step.wrong = step.now ? ",\"request\":\"reboot\"" : ",\"count\":-1";
    return step;
}

struct pen {
    char *at;
    size_t left;
};

static void put(struct pen *pen, const char *format, ...) PRINTF_LIKE(2, 3);

static void put(struct pen *pen, const char *format, ...)
{
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(pen->at, pen->left, format, values);
    va_end(values);
    pen->at += size;
    pen->left -= (size_t)size;
}

static void put_text(struct pen *pen, const char *name, const char *text)
{
    if (text)
        put(pen, ",\"%s\":\"%s\"", name, text);
}

static void put_number(struct pen *pen, const char *name, unsigned int number,
                       unsigned int otherwise)
{
    if (number != otherwise || chance(10))
        put(pen, ",\"%s\":%u", name, number);
}

static void put_step(struct pen *pen, const struct step *step)
{
    put(pen, "{\"when\":\"%s\"", step->now ? "now" : "onshutdown");
    put(pen, ",\"action\":\"%s\"", step->action->word);
    for (const char *at = step->action->needs; *at != '\0'; at++)
        put(pen, "%c", *at == '\'' ? '"' : *at);
    put_text(pen, "id", step->id);
    put_text(pen, "ack", step->ack);
    put_text(pen, "request", step->request);
    put_number(pen, "action_delay_ms", step->action_delay_ms, 0);
    if (!step->now) {
        put_number(pen, "ack_delay_ms", step->ack_delay_ms, 0);
        if (!step->wrong)
            put_number(pen, "count", step->count, 1);
    }
    put(pen, "%s}", step->wrong ? step->wrong : "");
}

static void write_message(struct message *message)
{
    struct pen pen = {message->text, sizeof(message->text)};

    put(&pen, "%s", message->is_array ? "[" : "");
    for (unsigned int i = 0; i < message->count; i++) {
        put(&pen, "%s", i > 0 ? ", " : "");
        put_step(&pen, &message->steps[i]);
    }
    put(&pen, "%s", message->is_array ? "]" : "");
}

static void make_message(struct message *message)
{
    memset(message, 0, sizeof(*message));
    message->is_array = chance(50);
    message->count = message->is_array ? 1 + pick(STEP_MAX) : 1;
    for (unsigned int i = message->count; i-- > 0;) {
        message->steps[i] = random_step(i == message->count - 1);
        if (message->steps[i].wrong) {
            message->refused = true;
            message->refused_step = i;
        }
    }
    write_message(message);
}

#endif
