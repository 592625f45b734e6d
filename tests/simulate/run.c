/* SPDX-License-Identifier: MIT */
/*
 * run - one life of a VM in the simulator; see run.h.
 */
#include "tests/simulate/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/error.h"
#include "tests/fake/backend.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/fake/tree.h"
#include "tests/simulate/deeds.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/rest.h"
#include "tests/simulate/stored.h"

#define SPARE_COUNT 2000
#define VCPU_COUNT  3
#define NEIGHBOURS  8 /* kinds of deeds */

/* A VM that is busy is told to stop after PATIENCE steps. If it is still busy
 * after STEPS_MAX steps, it does not come to rest. */
#define PATIENCE  2000
#define STEPS_MAX 100000

static const struct script *script;
static struct report *report;
static uint32_t next_event;
static bool verbose, at_deed;
static uint64_t last_rest; /* the step of the last rest */

/* --- random numbers ------------------------------------------------------- */

/* splitmix64, public domain: its states form one cycle through all values. */
uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

uint32_t dice_below(struct dice *dice, uint32_t count)
{
    return (uint32_t)(dice_next(dice) % count);
}

uint64_t dice_spread(struct dice *dice, uint64_t most)
{
    const unsigned int bits =
        most > 0 ? 64U - (unsigned int)__builtin_clzl(most) : 0;
    const unsigned int chosen = dice_below(dice, bits + 1);
    const uint64_t mask = chosen > 0 ? UINT64_MAX >> (64 - chosen) : 0;
    const uint64_t drawn = dice_next(dice) & mask;

    return drawn <= most ? drawn : most;
}

/* --- saying --------------------------------------------------------------- */

void run_say(const char *format, ...)
{
    va_list arguments;

    if (!verbose)
        return;
    printf("%8lu %14lu  ", (unsigned long)report->steps,
           (unsigned long)fake_arch.time_ns);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

void run_write(const char *path, const char *text)
{
    run_say("    %s = \"%s\"", path, text);
    fake_store_write(path, text);
}

static void finish(int status)
{
    report->virtual_ns = fake_arch.time_ns;
    if (verbose)
        printf("--- the VM's console\n%s", fake_console_output());
    fflush(stdout);
    fflush(stderr);
    _exit(status);
}

void run_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    finish(RUN_FAILED);
    abort();
}

/* A fake that finds a fault calls exit(). */
static void left_by_exit(void)
{
    finish(RUN_FAILED);
}

bool run_is_due(uint32_t *steps)
{
    return *steps > 0 && --*steps == 0;
}

/* --- steps ---------------------------------------------------------------- */

static void do_next(void)
{
    const struct event *event = &script->events[next_event++];
    struct dice dice = {event->random};

    report->deeds++;
    run_say("%s", deeds[event->deed].name);
    deeds[event->deed].perform(&dice);
}

void run_step(void)
{
    if (at_deed)
        return;
    at_deed = true;
    if (++report->steps > STEPS_MAX)
        run_fail("the VM does not come to rest");
    deeds_tick();
    oracle_tick();
    while (next_event < script->count &&
           script->events[next_event].step <= report->steps)
        do_next();
    if (next_event == script->count && report->steps - last_rest > PATIENCE) {
        rest_hurry();
        last_rest = report->steps;
    }
    at_deed = false;
}

void run_pause(void)
{
    struct dice dice;

    if (next_event == script->count)
        return;
    dice = (struct dice){script->events[next_event].random + 2};
    at_deed = true;
    for (uint32_t left = dice_below(&dice, 4);
         left > 0 && next_event < script->count; left--)
        do_next();
    at_deed = false;
}

/* The VM waits, and no agent has anything to do: the next deed does not wait
 * for its step. The deed also chooses how much time passes until then. */
static void at_rest(void)
{
    struct dice dice;

    at_deed = true;
    fake_arch.when_stuck = at_rest;
    oracle_check();
    if (next_event < script->count) {
        do_next();
        dice = (struct dice){script->events[next_event - 1].random + 1};
        fake_arch.act_ns =
            fake_arch.time_ns + dice_spread(&dice, 5000000000ULL);
    } else {
        rest_step();
        last_rest = report->steps;
    }
    at_deed = false;
}

static void stopped(unsigned int reason)
{
    oracle_ends(reason);
    finish(0);
}

void run_end(void)
{
    finish(0);
}

/* --- a run ---------------------------------------------------------------- */

/* Each run has few kinds of deeds, different ones each time, and every second
 * run has mostly neighbours in the table: so deeds that matter together are
 * more likely to meet. */
static uint32_t draw_kinds(struct dice *dice, uint32_t kinds[DEED_COUNT])
{
    const uint32_t count = 2 + dice_below(dice, 10);
    const uint32_t first = dice_below(dice, deed_count - NEIGHBOURS + 1);
    const bool near = dice_below(dice, 2) == 0;

    for (uint32_t i = 0; i < count; i++)
        kinds[i] = near && dice_below(dice, 8) != 0
                       ? first + dice_below(dice, NEIGHBOURS)
                       : dice_below(dice, deed_count);
    return count;
}

void run_draw(uint64_t seed, struct script *drawn)
{
    struct dice dice = {seed};
    uint32_t kinds[DEED_COUNT];
    const uint32_t kind_count = draw_kinds(&dice, kinds);
    const uint32_t gap_max = 1U << dice_below(&dice, 10);
    uint32_t step = 0;

    drawn->seed = seed;
    drawn->count = 1 + (uint32_t)dice_spread(&dice, RUN_DEEDS_MAX - 1);
    for (uint32_t i = 0; i < drawn->count; i++) {
        step += (uint32_t)dice_spread(&dice, gap_max);
        drawn->events[i] = (struct event){
            .step = step,
            .deed = kinds[dice_below(&dice, kind_count)],
            .random = dice_next(&dice),
        };
    }
}

/* Xen refuses a hypercall, or does it. */
static long answer(unsigned long number, const uint64_t *args)
{
    (void)number;
    (void)args;
    return fake_random(2) == 0 ? -XEN_ENOSYS : (long)fake_random(UINT32_MAX);
}

static void set_up(void)
{
    static uint64_t spare[SPARE_COUNT * PAGE_SIZE / sizeof(uint64_t)];
    struct dice dice = {~script->seed};

    fake_host_start();
    fake_shuffle((unsigned int)dice_next(&dice) | 1);
    fake_store.most = dice_below(&dice, 2) * dice_below(&dice, 64);
    fake_store.replies_first = dice_below(&dice, 2) == 0;
    fake_host.index = (uint32_t)dice_next(&dice);
    fake_arch.spare = spare;
    fake_arch.spare_count = SPARE_COUNT;
    fake_arch.tick_ns = dice_spread(&dice, 100000);
    fake_host.memory_kib = 16384;
    fake_arch.vcpu_count = 1 + dice_below(&dice, VCPU_COUNT);
    if (dice_below(&dice, 2) == 0)
        fake_store_read_only("control/feature-shutdown");
    if (dice_below(&dice, 4) == 0)
        fake_host.command_line = "suspend-event-channel";
    fake_tree_newest_first = dice_below(&dice, 2) == 0;
    /* A store may permit only a few watches. */
    if (dice_below(&dice, 8) == 0)
        fake_store.watch_max = 1 + dice_below(&dice, 4);
    oracle_start();
    deeds_start(&dice);
    if (dice_below(&dice, 8) == 0) {
        fake_host.memory_is_maximum = true;
        fake_store_write("memory/static-max",
                         dice_below(&dice, 2) == 0 ? "16384" : "1099511627776");
        if (dice_below(&dice, 2) == 0)
            stored_trap(XS_READ, "memory/static-max", NULL, "ENOMEM");
    }
    fake_arch.hypercall = answer;
    fake_arch.when_away = run_step;
    fake_arch.when_stopped = stopped;
}

void run(const struct script *given, struct report *told, bool tell)
{
    static const struct fake_host_step first[] = {DO(at_rest)};

    script = given;
    report = told;
    verbose = tell;
    atexit(left_by_exit);
    set_up();
    (void)fake_host_run(first);
    abort();
}
