/* SPDX-License-Identifier: MIT */
/*
 * common - what every machine asks of Xen in the same way; see common.h.
 */
#include "arch/common.h"

#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/arch.h"
#include "lib/time.h"

xen_pfn_t common_balloon_frames[ARCH_BALLOON_PAGES];

static uint64_t pages_by(int command)
{
    domid_t self = DOMID_SELF; /* older headers have no struct for it */
    int pages = common_memory_op(command, &self);

    return pages > 0 ? (uint64_t)pages : 0;
}

uint64_t common_pages_given(void)
{
    return pages_by(XENMEM_current_reservation);
}

uint64_t common_pages_most(void)
{
    return pages_by(XENMEM_maximum_reservation);
}

unsigned int common_balloon(int command, xen_pfn_t *frames, unsigned int count)
{
    struct xen_memory_reservation reservation = {
        .nr_extents = count,
        .domid = DOMID_SELF,
    };
    int done;

    set_xen_guest_handle(reservation.extent_start, frames);
    done = common_memory_op(command, &reservation);
    return done > 0 ? (unsigned int)done : 0;
}

uint64_t common_wall_clock_ns(const struct shared_info *shared)
{
    uint32_t version, seconds, ns;

    do {
        version = __atomic_load_n(&shared->wc_version, __ATOMIC_ACQUIRE) & ~1U;
        seconds = __atomic_load_n(&shared->wc_sec, __ATOMIC_RELAXED);
        ns = __atomic_load_n(&shared->wc_nsec, __ATOMIC_RELAXED);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (__atomic_load_n(&shared->wc_version, __ATOMIC_RELAXED) != version);
    return (uint64_t)seconds * NS_PER_S + ns;
}
