/* SPDX-License-Identifier: MIT */
/*
 * run - one life of a VM in the simulator, from its boot to its end.
 *
 * A run is a script: deeds of agents (deeds.h), each at a step. A step is a
 * moment at which an agent can act: a call of arch/arch.h, each request that
 * the store is about to handle, or a wait in which nothing is left to do.
 * Everything else, such as how far a daemon gets meanwhile, follows from the
 * seed. So the same script always gives the same run.
 *
 * A run ends its process: with status 0, or with RUN_FAILED after one line on
 * standard error that names the rule that was broken.
 */
#ifndef TESTS_SIMULATE_RUN_H
#define TESTS_SIMULATE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/macros.h"

#define RUN_DEEDS_MAX 400
#define RUN_FAILED    1
#define SECOND        UINT64_C(1000000000) /* in ns */

/* One deed, and the source of all its random numbers. */
struct event {
    uint32_t step;
    uint32_t deed;
    uint64_t random;
};

struct script {
    uint64_t seed;
    uint32_t count;
    struct event events[RUN_DEEDS_MAX];
};

/* The report of a run to the process that started it. */
struct report {
    uint64_t steps;
    uint64_t virtual_ns;
    uint32_t deeds; /* deeds done */
};

/* Draw the script of a seed. */
void run_draw(uint64_t seed, struct script *script);

/*
 * Run the script. `verbose`: print each deed and, at the end, the VM's console.
 */
_Noreturn void run(const struct script *script, struct report *report,
                   bool verbose);

/* --- for deeds and checks ------------------------------------------------- */

/* An agent can act now: do the deeds that are due. Within a deed, this does
 * nothing. */
void run_step(void);

/* Print if the run is verbose. */
void run_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write a node of the VM, and say so. */
void run_write(const char *path, const char *text);

/* Whether the last of these steps has passed. They are counted down to 0. */
bool run_is_due(uint32_t *steps);

/* The VM is suspended: do some of the next deeds, whenever they are due. */
void run_pause(void);

/* End the run, because a rule was broken. */
_Noreturn void run_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* End the run, because nothing more can be expected of this VM. */
void run_end(void);

/* Random numbers that follow from the state. */
struct dice {
    uint64_t state;
};
uint64_t dice_next(struct dice *dice);
uint32_t dice_below(struct dice *dice, uint32_t count);

/* An entry of a table. */
#define ONE_OF(dice, table) table[dice_below(dice, ARRAY_COUNT(table))]

/* A number from 0 to `most`; each size in bits is equally likely. */
uint64_t dice_spread(struct dice *dice, uint64_t most);

#endif
