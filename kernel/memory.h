/* SPDX-License-Identifier: MIT */
/*
 * memory - the balloon, as the store knows it.
 *
 * memory/target is the toolstack's order; data/meminfo_total and _free tell
 * what came of it. Where control belongs to the guest, as under xenopsd and not
 * under libxl, control/feature-balloon is published once the first target is
 * reached, and control/balloon-active while pages move.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include "arch/arch.h"
#include "decide/command.h"
#include "drivers/xenstore.h"

/* Once, at boot. */
void memory_start(const struct boot *boot);

/*
 * For a fresh store, the requests that go with the others at the start, and how
 * many they are; `watch` is the number of our events.
 */
#define MEMORY_REQUESTS 3
unsigned int memory_requests(struct xenstore_request requests[MEMORY_REQUESTS],
                             unsigned int watch);

/*
 * The requests that publish how much memory there is and how much of it is
 * free, as xenopsd knows it of other guests, and how many they are. Later it is
 * published again when it has changed and does not move.
 */
#define MEMORY_METRICS 3
unsigned int memory_metrics(struct xenstore_request requests[MEMORY_METRICS]);

/* They are answered. */
void memory_answered(const struct xenstore_request requests[MEMORY_REQUESTS]);

/* Whether control belongs to the guest. */
void memory_may_publish(bool may_publish);

/* There is a new target. */
void memory_event(void);

/* A suspend has cost so many pages (arch/arch.h): the balloon asks for them
 * again. Logs a line. */
void memory_lost(uint64_t pages);

/* How the balloon is to behave; and how it is, for the answer. */
void memory_behave(const struct command *command, struct outcome *outcome);

/* Work begins or is over: other pages are free than before. */
void memory_use_changed(void);

/* Do what is due. Call it after each of these, and when memory_deadline() has
 * come. */
void memory_run(uint64_t now_ns);

/*
 * Before a suspend is acknowledged: give back what is due at once. By the time
 * of a restore the domain may have no more than its target, and an image with
 * more cannot be restored. Takes 10 s at most; what is due then is due behind
 * the suspend.
 */
void memory_settle(void);

/* By clock_ns(); TIME_NEVER: not before something happens. */
uint64_t memory_deadline(void);

#endif
