/* SPDX-License-Identifier: MIT */
/*
 * balloon - gives memory to Xen and takes it back.
 *
 * Follows the toolstack's target, memory/target in KiB, page by page, or does
 * what a tester orders instead. The last spare pages (arch/arch.h) are given
 * first, and pages in use are never given. Works in slices of
 * ARCH_BALLOON_PAGES; between slices the caller does its other work.
 *
 * The caller provides the time, in ns; it must never go back.
 */
#ifndef KERNEL_BALLOON_H
#define KERNEL_BALLOON_H

#include <stdbool.h>
#include <stdint.h>

#include "decide/command.h"
#include "lib/macros.h"
#include "lib/time.h"

/* `amount`: KiB a second (slow) or percent (partial). */
struct balloon_order {
    enum balloon_mode mode;
    uint32_t amount;
};

/*
 * Begin, at boot. `kib`, which is below 2^63, is the target with which the
 * domain keeps all its memory. The domain has all of this memory, unless memory
 * is populated on demand.
 */
void balloon_start(uint64_t kib);

/* Replace the `kib` of balloon_start(). The target, if there was one, the mode,
 * and the pages that were moved since then stay. False: nothing has changed,
 * since `kib` is impossible: more than twice as much as before. */
bool balloon_correct(uint64_t kib) MUST_CHECK;

/* Set the toolstack's target. Moves nothing yet. */
void balloon_target(uint64_t kib);

/* Xen has `pages` more pages, but not because of a target. */
void balloon_lost(uint64_t pages);

/* Set the mode from now on. */
void balloon_behave(const struct balloon_order *order);

/*
 * Do a slice of the due work. The first `used` spare pages are left alone. The
 * next call is due at *wake_ns; TIME_NEVER: no work is left. Also call this
 * after each of the functions above, and when fewer pages are in use.
 */
void balloon_run(uint64_t now_ns, uint64_t used, uint64_t *wake_ns);

/*
 * The memory of this domain and the target, in KiB; both count as targets do.
 */
uint64_t balloon_kib(void);
uint64_t balloon_target_kib(void);

/* Whether pages still have to go to Xen. */
bool balloon_owes(void);

/* Whether the target is reached, as far as possible now. */
bool balloon_is_settled(void);

/* The value for control/balloon-active. */
bool balloon_is_active(void);

#endif
