/* SPDX-License-Identifier: MIT */
/*
 * dirty - memory that is written to all the time, and checked.
 *
 * Fills spare pages (arch/arch.h) with a known pattern and goes on rewriting
 * them, one after the other, at a given rate. Each page is verified before it
 * is rewritten, and all of them after a suspend and at the end. A page that is
 * found wrong is written again, so that each fault counts once.
 *
 * The work is done in slices of at most ARCH_WINDOW_PAGES pages, well under a
 * millisecond, between which the caller does what else there is to do. Trusts
 * the caller; knows nothing of commands and events. There is one at a time.
 *
 * Time is the caller's, in ns, and never goes back. It should stand still while
 * the domain is suspended.
 */
#ifndef KERNEL_DIRTY_H
#define KERNEL_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/time.h"

struct dirty_order {
    uint32_t mib;       /* how much memory, 1 up to dirty_mib_max() */
    uint32_t mib_per_s; /* how much of it is rewritten; 0: nothing */
    uint32_t seconds;   /* how long, once all is filled; 0: until told */
};

/*
 * The largest order that can be carried out now: to be asked right before
 * dirty_start(), since the balloon moves between. Costs a hypercall.
 */
unsigned int dirty_mib_max(void);

/* Spare pages that are in use: the first ones. From dirty_start() on until it
 * is over or forgotten, the balloon leaves them alone. */
uint64_t dirty_pages(void);

/* Begin. Whatever was going on is forgotten, without a last verification. */
void dirty_start(const struct dirty_order *order, uint64_t now_ns);

/*
 * Do a slice of what is due. True: call again when *wake_ns has come, which may
 * be at once, or TIME_NEVER; or after the next of the two functions below.
 * False: it is over, or was never begun; *wake_ns is TIME_NEVER.
 *
 * On average the rate is exact, but for a delay of more than a second: what was
 * not done in time beyond that is left out. What the CPU cannot do is done as
 * fast as it can.
 */
bool dirty_run(uint64_t now_ns, uint64_t *wake_ns);

/*
 * The domain was suspended: verify all that was written before anything is
 * written again. What the suspend has cost (arch/arch.h) was not what was
 * written, and is used no more.
 */
void dirty_resumed(void);

/* Verify all that was written, and be over. */
void dirty_stop(void);

/* Be over at once: the pages are anybody's. */
void dirty_forget(void);

/* Since dirty_start(); also when it is over. */
struct dirty_result {
    uint64_t mib_rewritten; /* whole ones, without the first fill */
    uint64_t words_wrong;   /* 64-bit words that were not what was written */
};
struct dirty_result dirty_result(void);

#endif
