/* SPDX-License-Identifier: MIT */
/*
 * dirty - rewrites memory at a rate and verifies it.
 *
 * Fills spare pages (arch/arch.h) with a known pattern and then rewrites them,
 * one after the other, at a given rate. Each page is verified before it is
 * rewritten; all pages are verified after a suspend and at the end. A wrong
 * page is written again, so each fault is counted once.
 *
 * The work is done in slices of at most ARCH_WINDOW_PAGES pages, well under a
 * millisecond; between slices the caller does its other work. Trusts the
 * caller, and knows nothing of commands and events. Only one order runs at a
 * time.
 *
 * The caller provides the time, in ns. It must never go back, and should stand
 * still while the domain is suspended.
 */
#ifndef KERNEL_DIRTY_H
#define KERNEL_DIRTY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/time.h"

struct dirty_order {
    uint32_t mib;       /* memory to fill, 1 up to dirty_mib_max() */
    uint32_t mib_per_s; /* the rate of rewriting; 0: none */
    uint32_t seconds;   /* duration, once all is filled; 0: without end */
};

/*
 * The largest order that is possible now. Ask right before dirty_start(),
 * because the balloon may move in between. Costs a hypercall.
 */
unsigned int dirty_mib_max(void);

/* The number of spare pages in use, which are the first ones. The balloon
 * leaves them alone from dirty_start() until the order is over or forgotten. */
uint64_t dirty_pages(void);

/* Begin an order. An order that is running ends without verification. */
void dirty_start(const struct dirty_order *order, uint64_t now_ns);

/*
 * Do a slice of the due work. True: call again at *wake_ns, which may be now or
 * TIME_NEVER, or after dirty_resumed() or dirty_stop(). False: no order is
 * running; *wake_ns is TIME_NEVER.
 *
 * On average the rate is exact, except for a delay of more than a second: pages
 * that were owed beyond that second are left out. If the CPU cannot keep up,
 * the rate is as fast as it can.
 */
bool dirty_run(uint64_t now_ns, uint64_t *wake_ns);

/*
 * After a suspend: verify all pages before any page is rewritten. Pages lost in
 * the suspend (arch/arch.h) count as wrong and are no longer used.
 */
void dirty_resumed(void);

/* Verify all pages, and then end. */
void dirty_stop(void);

/* End at once, without verification: the pages are free. */
void dirty_forget(void);

/* Results since dirty_start(), also after the end. */
struct dirty_result {
    uint64_t mib_rewritten; /* whole MiB, without the first fill */
    uint64_t words_wrong;   /* 64-bit words that were not as written */
};
struct dirty_result dirty_result(void);

#endif
