/* SPDX-License-Identifier: MIT */
/*
 * deeds - what agents do to the VM, and to the host around it.
 *
 * Toolstack, tester, store, console, backends, hypervisor and clock: each deed
 * is a row. A deed takes all that it needs to know at random from its dice, so
 * that another deed can be left out of a script without changing this one.
 */
#ifndef TESTS_SIMULATE_DEEDS_H
#define TESTS_SIMULATE_DEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulate/run.h"

#define DEED_COUNT 64 /* at most */

struct deed {
    const char *name;
    void (*perform)(struct dice *dice);
};

extern const struct deed deeds[];
extern const uint32_t deed_count;

void deeds_start(void);

/* A step has passed: do what was put off until now. */
void deeds_tick(void);

/* All agents mean well from now on, and all is there. */
void deeds_heal(void);

/* A device that nobody has meddled with is connected; fails the run if not. */
void deeds_check_device(void);
void deeds_unplug(void);

/* What memory and vCPUs have to become; false: a tester or a refusal has seen
 * to it that they need not. */
bool deeds_balloon_target(uint64_t *kib);
bool deeds_vcpus_obey(void);

/* A VM for which the store has had no room shows its state and its answers, and
 * nothing else, until it is another domain. */
bool deeds_store_was_full(void);

#endif
