/* SPDX-License-Identifier: MIT */
/*
 * run - one life of a VM in the simulator, from its boot to its end.
 *
 * A run is a script: deeds of agents (deeds.h), each at a step. A step is a
 * moment at which the VM looks away: a call of arch/arch.h, or a wait in which
 * nothing is left to do. Everything else, such as how far a daemon gets
 * meanwhile, follows from the seed. So the same script is the same run.
 *
 * A run ends the process: with status 0, or with RUN_FAILED after one line on
 * standard error that says what did not hold.
 */
#ifndef TESTS_SIMULATE_RUN_H
#define TESTS_SIMULATE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#define RUN_DEEDS_MAX 400
#define RUN_FAILED    1

/* One deed, and all that it will ever draw at random. */
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

/* What a run tells the process that started it. */
struct report {
    uint64_t steps;
    uint64_t virtual_ns;
    uint32_t deeds; /* done */
};

/* Draw the script of a seed. */
void run_draw(uint64_t seed, struct script *script);

/* Live it. `verbose`: say each deed, and at the end what the VM logged. */
_Noreturn void run(const struct script *script, struct report *report,
                   bool verbose);

/* --- for deeds and checks ------------------------------------------------- */

/* Print if the run is verbose. */
void run_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Something does not hold. */
_Noreturn void run_fail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Nothing more can be expected of this VM. */
void run_end(void);

/* Numbers that follow from a deed's own. */
struct dice {
    uint64_t state;
};
uint64_t dice_next(struct dice *dice);
uint32_t dice_below(struct dice *dice, uint32_t count);

/* 0 up to `most`, small ones as likely as large ones. */
uint64_t dice_spread(struct dice *dice, uint64_t most);

#endif
