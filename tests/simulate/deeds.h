/* SPDX-License-Identifier: MIT */
/*
 * deeds - what the agents do to the VM, and to the host around it.
 *
 * The agents are the toolstack, the tester, the store, the console, backends,
 * the hypervisor and the clock. Each deed is a row in a table. A deed takes all
 * random choices from its own dice, so another deed can be left out of a script
 * without changing this one.
 */
#ifndef TESTS_SIMULATE_DEEDS_H
#define TESTS_SIMULATE_DEEDS_H

#include <stdint.h>

#include "tests/simulate/run.h"

#define DEED_COUNT 80 /* the table's maximum */

struct deed {
    const char *name;
    void (*perform)(struct dice *dice);
};

extern const struct deed deeds[];
extern const uint32_t deed_count;

/* At boot. The dice say how suspends end at first. */
void deeds_start(struct dice *dice);

/* A step has passed: do the deeds that are due now. */
void deeds_tick(void);

/* From now on all agents behave well, and nothing is missing. */
void deeds_heal(void);

#endif
