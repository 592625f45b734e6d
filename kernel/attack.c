/* SPDX-License-Identifier: MIT */
/*
 * attack - the course of an attack, whatever it is aimed at; see attack.h.
 */
#include "kernel/attack.h"

#include "decide/language.h"
#include "kernel/attack_part.h"
#include "kernel/clock.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/format.h"

struct attack attack;

static const struct attack_part *part; /* null: none is attacked */
static bool is_undoing;
static uint64_t hold_ns, end_ns;

/* The first attack on each part. */
static const struct {
    enum attack_mode first;
    const struct attack_part *part;
} parts[] = {
    {ATTACK_STORE_WATCHES, &attack_store},
    {ATTACK_CONSOLE_BYTES, &attack_console},
    {ATTACK_EVTCHN_PORTS, &attack_channels},
    {ATTACK_GRANT_ENTRIES, &attack_grants},
    {ATTACK_DEVICE_STATES, &attack_device},
};

void attack_judge(int error)
{
    if (error == 0)
        return;
    attack.refused++;
    attack.error = error;
}

bool attack_some(unsigned int most, bool (*try_one)(uint32_t number))
{
    for (unsigned int i = 0; i < most; i++) {
        if (attack.tried == attack.wanted || !try_one(attack.tried))
            return false;
        attack.tried++;
    }
    return true;
}

void attack_start(const struct command *command, uint64_t now_ns)
{
    (void)now_ns;
    attack = (struct attack){
        .mode = command->attack_mode,
        .wanted = MAX(command->tries, 1U),
    };
    part = 0;
    for (unsigned int i = 0; i < ARRAY_COUNT(parts); i++) {
        if (attack.mode >= parts[i].first)
            part = parts[i].part;
    }
    is_undoing = false;
    hold_ns = command->seconds * NS_PER_S;
    end_ns = 0;
    if (part && part->start)
        part->start();
}

static char detail[1000]; /* enough for the list */

/* Name all attacks. */
static void list(struct outcome *outcome)
{
    struct writer writer;

    writer_start(&writer, detail, sizeof(detail));
    for (unsigned int i = ATTACK_LIST + 1; i < ATTACK_COUNT; i++)
        write_format(&writer, "%s\"%s\"",
                     i == ATTACK_LIST + 1 ? "\"attacks\": [" : ", ",
                     language_attacks[i]);
    write_char(&writer, ']');
    ASSERT(!writer.cut);
    outcome->detail = detail;
}

static void sum_up(struct outcome *outcome)
{
    struct writer writer;

    writer_start(&writer, detail, sizeof(detail));
    write_format(&writer, "\"tried\": %u, \"refused\": %u", attack.tried,
                 attack.refused);
    if (attack.error != 0)
        write_format(&writer, ", \"last_error\": \"%s\"",
                     error_name(attack.error));
    outcome->detail = detail;
    if (attack.undo_error != 0)
        outcome->error = error_name(attack.undo_error);
}

/* Try some more. False: it is time to give everything back. */
static bool go_on(uint64_t now_ns, uint64_t *wake_ns)
{
    if (is_undoing)
        return false;
    if (end_ns == 0) {
        if (part->try(wake_ns))
            return true;
        end_ns = now_ns + hold_ns;
    }
    *wake_ns = end_ns;
    return now_ns < end_ns;
}

bool attack_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    *wake_ns = now_ns;
    if (!part) {
        list(outcome);
        return false;
    }
    if (part->is_usable && !part->is_usable()) {
        /* The part keeps what it got. */
        *wake_ns = now_ns + NS_PER_S;
        outcome->error = part->lost;
        return part->may_return && part->may_return();
    }
    if (go_on(now_ns, wake_ns))
        return true;
    *wake_ns = now_ns;
    is_undoing = true;
    if (part->give_back && part->give_back())
        return true;
    if (part->settle && part->settle(wake_ns))
        return true;
    sum_up(outcome);
    return false;
}

void attack_stop(void)
{
    is_undoing = true;
}

void attack_renewed(void)
{
    if (part && part->renewed)
        part->renewed();
}

void attack_forget(void)
{
    while (part && part->give_back && part->give_back())
        ;
}
