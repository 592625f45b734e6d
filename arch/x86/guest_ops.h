/* SPDX-License-Identifier: MIT */
/*
 * guest_ops - every way in which PV and PVH differ.
 *
 * Each door passes its own table to x86_start(); pv.c and pvh.c implement the
 * rows in this order.
 */
#ifndef ARCH_X86_GUEST_OPS_H
#define ARCH_X86_GUEST_OPS_H

#include "arch/arch.h"
#include "arch/x86/x86.h"

struct guest_ops {
    /* What struct boot calls this type of guest. */
    const char *name;

    /* Choose the instruction that enters Xen; no hypercall works before. */
    void (*enable_hypercalls)(void);

    /* Route CPU faults to x86_trap(). */
    int (*load_traps)(void);

    /* Nobody handles a CPU fault any more. */
    void (*unload_traps)(void);

    /* Fill in the rest of *boot from what the domain builder left. */
    int (*read_boot_info)(void *info, struct boot *boot);

    /* Map the shared info page. */
    int (*map_shared_info)(struct shared_info **page);

    /* Map grant table frame 0 .. X86_GRANT_FRAMES - 1, contiguously. */
    int (*map_grant_table)(void **table);

    /* The frame by which other domains know a page of the image. */
    xen_pfn_t (*page_frame)(const void *page);

    /*
     * arch_spare_pages(), when Xen has given this domain `given` pages in all,
     * its own special ones included.
     */
    uint64_t (*spare_pages)(uint64_t given);

    /* arch_show_spare_pages(). */
    int (*show_spare_pages)(uint64_t first, unsigned int count, void **pages);

    /*
     * arch_suspend(), but that the caller maps anew: the shared info page on
     * ARCH_RESUMED, the grant table, if it was, whatever came.
     */
    int (*suspend)(struct boot *boot);

    /*
     * Have Xen fill in the wall clock of the shared info page. For PV it is
     * always there.
     */
    int (*update_wall_clock)(void);

    /* The address whose access caused the page fault being handled. */
    unsigned long (*fault_address)(void);
};

extern const struct guest_ops pv_ops, pvh_ops;

/* Both doors meet here. `info` is what the domain builder passed. */
_Noreturn void x86_start(const struct guest_ops *ops, void *info);

#endif
