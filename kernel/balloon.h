/* SPDX-License-Identifier: MIT */
/*
 * balloon - memory that goes back to Xen, and comes again.
 *
 * Follows the toolstack's target, memory/target in KiB, page by page, or does
 * what a tester wants instead. Gives the last spare pages first (arch/arch.h)
 * and none that somebody uses. Works in slices of ARCH_BALLOON_PAGES, between
 * which the caller does what else there is to do.
 *
 * Time is the caller's, in ns, and never goes back.
 */
#ifndef KERNEL_BALLOON_H
#define KERNEL_BALLOON_H

#include <stdbool.h>
#include <stdint.h>

#include "decide/command.h"
#include "lib/time.h"

/* `amount`: KiB a second, or percent. */
struct balloon_order {
    enum balloon_mode mode;
    uint32_t amount;
};

/*
 * Once, at boot: the memory that `kib` is about, less than 2^63, is here,
 * unless it is populated on demand. Targets count from it: a domain with that
 * target has all of it.
 */
void balloon_start(uint64_t kib);

/* The toolstack's target. Nothing is done yet. */
void balloon_target(uint64_t kib);

/* So many pages are gone, to Xen, and not because of the target. */
void balloon_lost(uint64_t pages);

/* From now on. */
void balloon_behave(const struct balloon_order *order);

/*
 * Do a slice of what is due, leaving alone the first `used` spare pages. What
 * is left to do, or TIME_NEVER, is due at *wake_ns: that is when to call
 * again, besides after the functions above and when fewer pages are used.
 */
void balloon_run(uint64_t now_ns, uint64_t used, uint64_t *wake_ns);

/* What this domain has, in KiB, as targets are counted; and the target. */
uint64_t balloon_kib(void);
uint64_t balloon_target_kib(void);

/* There are pages that are to go to Xen. */
bool balloon_owes(void);

/* It is where it wants to be, or can be. */
bool balloon_is_settled(void);

/* What control/balloon-active is to say. */
bool balloon_is_active(void);

#endif
