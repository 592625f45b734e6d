/* SPDX-License-Identifier: MIT */
/*
 * guest_ops - every way in which PV and PVH differ.
 *
 * Each entry point (entry_pv.S, entry_pvh.S) passes its own table to
 * x86_start(). pv.c and pvh.c implement the rows in this order.
 */
#ifndef ARCH_X86_GUEST_OPS_H
#define ARCH_X86_GUEST_OPS_H

#include "arch/arch.h"
#include "arch/x86/x86.h"

struct guest_ops {
    /* The name in struct boot for this type of guest. */
    const char *name;

    /* Choose the instruction that enters Xen; no hypercall works
     * before this. */
    void (*enable_hypercalls)(void);

    /* Route CPU faults to x86_trap(). */
    int (*load_traps)(void);

    /* Stop handling CPU faults. */
    void (*unload_traps)(void);

    /* Fill in the rest of *boot from what the domain builder left. */
    int (*read_boot_info)(void *info, struct boot *boot);

    /* Make text and constants read-only, and all but text not executable, as
     * far as the entry point has not done it. The CPU may use old mappings
     * until shared info is mapped. */
    int (*protect_memory)(void);

    /* Map the shared info page. */
    int (*map_shared_info)(struct shared_info **page);

    /* Map the grant table's frames 0 to X86_GRANT_FRAMES - 1, contiguously. */
    int (*map_grant_table)(void **table);

    /* The frame by which other domains know a page of the image. */
    xen_pfn_t (*page_frame)(const void *page);

    /*
     * The most spare pages that this domain can ever have; and how many of
     * them, the last ones, are not there: at the start, or in a new domain,
     * where `away` of them were with Xen before.
     */
    uint64_t (*spare_pages_in_all)(void);
    uint64_t (*spare_pages_missing)(uint64_t away);

    /*
     * How many spare pages may be touched, when `away` are with Xen, and Xen
     * counts `given` pages for this domain, its special pages included.
     */
    uint64_t (*spare_pages)(uint64_t given, uint64_t away);

    /* arch_show_spare_pages(). */
    int (*show_spare_pages)(uint64_t first, unsigned int count, void **pages);

    /*
     * Give spare pages to Xen, from `last` downwards; take spare pages back,
     * from `first` upwards. At most ARCH_BALLOON_PAGES in a call. `wanted` is
     * how many are to be taken in all, now and later. *own is 0 at first, and
     * becomes the number of other pages that had to be taken to have these. The
     * result is how many spare pages Xen took or gave.
     */
    unsigned int (*give_pages)(uint64_t last, unsigned int count);
    unsigned int (*take_pages)(uint64_t first, unsigned int count,
                               uint64_t wanted, unsigned int *own);

    /* VCPUOP_initialise: the vCPU will begin with kernel_vcpu(vcpu),
     * on that stack. */
    int (*initialise_vcpu)(unsigned int vcpu, const char *stack_top);

    /*
     * arch_suspend(), without two mappings that the caller makes again: shared
     * info after ARCH_RESUMED, and the grant table, if it was mapped, after any
     * result. boot->pages_lost is 0 at first, and becomes the number of lost
     * pages, without the spare ones.
     */
    int (*suspend)(struct boot *boot);

    /*
     * Have Xen fill in the wall clock of the shared info page. For PV it is
     * always filled in.
     */
    int (*update_wall_clock)(void);

    /* The address whose access caused the page fault being handled. */
    unsigned long (*fault_address)(void);
};

extern const struct guest_ops pv_ops, pvh_ops;

/* guest_ops.fault_address() of this guest. */
unsigned long x86_fault_address(void);

/* Both entry points call it. `info` is the pointer that the domain
 * builder passed: struct start_info or struct hvm_start_info. */
_Noreturn void x86_start(const struct guest_ops *ops, void *info);

#endif
