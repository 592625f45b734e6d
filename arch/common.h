/* SPDX-License-Identifier: MIT */
/*
 * common - what every machine asks of Xen in the same way. For arch/ only; each
 * machine provides common_memory_op().
 */
#ifndef ARCH_COMMON_H
#define ARCH_COMMON_H

#include <stdint.h>

#include <xen/xen.h>

#include "lib/macros.h"

/* The hypercall of xen/memory.h. */
int common_memory_op(int command, void *argument) MUST_CHECK;

/* Pages of this domain by Xen's count, which includes its special pages; 0 if
 * Xen does not say. */
uint64_t common_pages_given(void);

/* The most pages that this domain may have, by the same count; 0 if Xen does
 * not say. */
uint64_t common_pages_most(void);

/*
 * XENMEM_decrease_reservation or XENMEM_populate_physmap of single pages; see
 * xen/memory.h for the meaning of `frames`. The result says how many of them
 * Xen has processed, from the first on.
 */
unsigned int common_balloon(int command, xen_pfn_t *frames, unsigned int count);

/* A buffer for the frames of arch_give_pages() and arch_take_pages(). */
extern xen_pfn_t common_balloon_frames[];

/* The wall clock of the page that Xen shares, in ns since 1970: that of system
 * time 0 on x86, and of the domain's start on Arm (xen/xen.h). */
uint64_t common_wall_clock_ns(const struct shared_info *shared);

#endif
