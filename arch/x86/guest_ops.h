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

    /* Make text and constants read-only, and what is not text not executable,
     * as far as the door has not done it. The CPU may remember old mappings
     * until shared info is mapped. */
    int (*protect_memory)(void);

    /* Map the shared info page. */
    int (*map_shared_info)(struct shared_info **page);

    /* Map grant table frame 0 .. X86_GRANT_FRAMES - 1, contiguously. */
    int (*map_grant_table)(void **table);

    /* The frame by which other domains know a page of the image. */
    xen_pfn_t (*page_frame)(const void *page);

    /* Spare pages that there may ever be, and those of them, the last ones,
     * that this domain has not had so far, or has lost in a suspend. */
    uint64_t (*spare_pages_in_all)(void);
    uint64_t (*spare_pages_missing)(void);

    /*
     * How many of them may be touched, when `away` are with Xen, and Xen counts
     * `given` pages for this domain, its own special ones included.
     */
    uint64_t (*spare_pages)(uint64_t given, uint64_t away);

    /* arch_show_spare_pages(). */
    int (*show_spare_pages)(uint64_t first, unsigned int count, void **pages);

    /*
     * Spare pages downwards from `last`, upwards from `first`: how many Xen
     * took, and gave. At most ARCH_BALLOON_PAGES, of `wanted` that are to be
     * taken in the end. *own is 0, and becomes the number of pages that were
     * needed besides to have these.
     */
    unsigned int (*give_pages)(uint64_t last, unsigned int count);
    unsigned int (*take_pages)(uint64_t first, unsigned int count,
                               uint64_t wanted, unsigned int *own);

    /* VCPUOP_initialise: it will begin with kernel_vcpu(vcpu) on that stack. */
    int (*initialise_vcpu)(unsigned int vcpu, const char *stack_top);

    /*
     * arch_suspend(), but that the caller maps anew: the shared info page on
     * ARCH_RESUMED, the grant table, if it was, whatever came. boot->pages_lost
     * is 0, and becomes the number of pages that are lost, but spare ones.
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
