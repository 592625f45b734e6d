/* SPDX-License-Identifier: MIT */
/*
 * work - actions that take time; see work.h.
 */
#include "kernel/work.h"

#include "kernel/attack.h"
#include "kernel/busy.h"
#include "kernel/clock.h"
#include "kernel/dirty.h"
#include "kernel/disk.h"
#include "kernel/flood.h"
#include "kernel/hypercall.h"
#include "kernel/storm.h"
#include "kernel/transmit.h"
#include "lib/assert.h"
#include "lib/format.h"

static uint64_t words_told;     /* of dirty's wrong words: already reported */
static const char *dirty_error; /* why dirty did not begin; null: it did */

static const struct program *program; /* that of the command in work_start() */

static void start_dirty(const struct command *command, uint64_t now_ns)
{
    const struct dirty_order order = {
        .mib = command->mib,
        .mib_per_s = command->mib_per_s,
        .seconds = command->seconds,
    };
    static char error[60];
    const unsigned int max = dirty_mib_max();

    dirty_error = 0;
    if (order.mib > max) {
        /* Memory has gone since the command was parsed. */
        format(error, sizeof(error), "mib is %u: no more than %u would fit",
               order.mib, max);
        dirty_error = error;
        return;
    }
    dirty_start(&order, now_ns);
    words_told = 0;
}

static bool run_dirty(uint64_t now_ns, uint64_t *wake_ns,
                      struct outcome *outcome)
{
    static char detail[100];
    struct dirty_result result;

    outcome->error = dirty_error;
    if (dirty_error)
        return false;
    if (dirty_run(now_ns, wake_ns))
        return true;
    result = dirty_result();
    format(detail, sizeof(detail),
           "\"mib_rewritten\": %llu, \"words_wrong\": %llu",
           (unsigned long long)result.mib_rewritten,
           (unsigned long long)result.words_wrong);
    outcome->detail = detail;
    if (result.words_wrong > 0)
        outcome->error = "memory is not what was written";
    return false;
}

static void start_hypercall(const struct command *command, uint64_t now_ns)
{
    (void)now_ns;
    hypercall_start(program, command);
}

/* One row for each kind of work. A null function is not needed. */
static const struct work {
    enum action action;
    void (*start)(const struct command *command, uint64_t now_ns);

    /* Do a slice. False: the work is over, and *outcome is the result. True:
     * the next slice is due at *wake_ns, or, if TIME_NEVER, after an event. */
    bool (*run)(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);

    /* Stop soon: run() does the rest. Null: there is no rest. */
    void (*stop)(void);

    /* The domain was suspended. It is a new one. */
    void (*resumed)(void);
    void (*renewed)(void);

    /* Other work takes its place: give back everything at once. */
    void (*forget)(void);
} works[] = {
    {ACTION_DIRTY, start_dirty, run_dirty, dirty_stop, dirty_resumed,
     .forget = dirty_forget},
    {ACTION_FLOOD, .start = flood_start, .run = flood_run},
    {ACTION_STORM, .start = storm_start, .run = storm_run},
    {ACTION_DISK, disk_start, disk_run, disk_stop, .forget = disk_forget},
    {ACTION_BUSY, busy_start, busy_run, busy_stop, .forget = busy_stop},
    {ACTION_ATTACK, attack_start, attack_run, attack_stop,
     .renewed = attack_renewed, .forget = attack_forget},
    {ACTION_HYPERCALL, start_hypercall, hypercall_run, .stop = hypercall_stop},
    {ACTION_TRANSMIT, .start = transmit_start, .run = transmit_run},
};

static const struct work *running;
static uint64_t wake_ns;
static bool stopped;

void work_start(const struct program *of_command, const struct command *command,
                uint64_t now_ns)
{
    program = of_command;
    if (running && running->forget)
        running->forget();
    stopped = false;
    wake_ns = now_ns;
    for (unsigned int i = 0; i < ARRAY_COUNT(works); i++) {
        if (works[i].action == command->action)
            running = &works[i];
    }
    ASSERT(running && running->action == command->action);
    running->start(command, now_ns);
}

bool work_is_running(void)
{
    return running != 0;
}

uint64_t work_deadline(void)
{
    return running ? wake_ns : TIME_NEVER;
}

void work_hurry(void)
{
    wake_ns = 0;
}

bool work_run(uint64_t now_ns, struct outcome *outcome)
{
    *outcome = (struct outcome){.error = 0};
    if (!running)
        return false;
    if (!stopped && running->run(now_ns, &wake_ns, outcome))
        return false;
    running = 0;
    return true;
}

unsigned int work_memory_errors(void)
{
    const uint64_t words = dirty_result().words_wrong;
    const uint64_t changed = words - words_told;

    words_told = words;
    return (unsigned int)changed;
}

void work_stop(void)
{
    if (!running)
        return;
    if (running->stop)
        running->stop();
    else
        stopped = true;
    work_hurry();
}

void work_resumed(bool in_new_domain)
{
    if (running && running->resumed)
        running->resumed();
    if (running && running->renewed && in_new_domain)
        running->renewed();
    work_hurry();
}
