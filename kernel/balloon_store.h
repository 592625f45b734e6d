/* SPDX-License-Identifier: MIT */
/*
 * balloon_store - connects the balloon with the store.
 *
 * memory/target is the toolstack's order; data/meminfo_total and
 * data/meminfo_free show the result. If control/ belongs to the guest, as under
 * xenopsd but not under libxl, control/feature-balloon is published once the
 * first target is reached, and control/balloon-active while pages move.
 */
#ifndef KERNEL_BALLOON_STORE_H
#define KERNEL_BALLOON_STORE_H

#include "arch/arch.h"
#include "decide/command.h"
#include "drivers/xenstore.h"

/* Call this once, at boot. */
void balloon_store_start(const struct boot *boot);

/*
 * For a fresh store: requests for the start's batch. Returns their number.
 * `watch` is the number of the watch on the target.
 */
#define BALLOON_REQUESTS 3
unsigned int
balloon_store_requests(struct xenstore_request requests[BALLOON_REQUESTS],
                       unsigned int watch);

/*
 * Requests that publish the total and the free memory, in the nodes that
 * xenopsd reads of other guests. Returns their number. Later changes are
 * published when no pages move.
 */
#define BALLOON_METRICS 3
unsigned int
balloon_store_metrics(struct xenstore_request requests[BALLOON_METRICS]);

/* The requests of balloon_store_requests() have their replies. */
void balloon_store_answered(
    const struct xenstore_request requests[BALLOON_REQUESTS]);

/* Tell whether control/ belongs to the guest. */
void balloon_store_may_publish(bool may_publish);

/* The target's watch has an event. */
void balloon_store_event(void);

/* A suspend has cost `pages` pages (arch/arch.h): log that, and let the balloon
 * ask for them again. */
void balloon_store_lost(uint64_t pages);

/* Set the mode of the balloon, and describe its state for the answer. */
void balloon_store_behave(const struct command *command,
                          struct outcome *outcome);

/* Work begins or ends: the number of free pages changes. */
void balloon_store_use_changed(void);

/* Do the due work. Call this after each of these functions, and when
 * balloon_store_deadline() has passed. */
void balloon_store_run(uint64_t now_ns);

/*
 * Before a suspend is acknowledged: give back all pages that are due at once.
 * When the domain is restored, it may have no more memory than its target, and
 * a larger image cannot be restored. Takes at most 10 s; the rest is done after
 * the suspend.
 */
void balloon_store_settle(void);

/* By clock_ns(). TIME_NEVER: not without an event. */
uint64_t balloon_store_deadline(void);

#endif
