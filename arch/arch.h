/* SPDX-License-Identifier: MIT */
/*
 * arch - all that the rest of the kernel may ask of a machine.
 *
 * arch/x86 implements this for PV and PVH guests, tests/fake for unit tests on
 * the host. Whoever includes this header knows neither which machine it is nor
 * how the guest was started. Results are 0 or a negative Xen errno.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/sched.h>

#include "lib/macros.h"

/* A page shared with a daemon, and the event channel that goes with it. */
struct boot_ring {
    void *page;
    evtchn_port_t port;
};

/* What every guest is told when it starts, however it was told. */
struct boot {
    const char *guest;        /* "pv" or "pvh" */
    const char *command_line; /* NUL-terminated, never null */
    bool command_line_cut;    /* it is so long that it may have been longer */
    uint64_t memory_kib;      /* RAM of this domain: */
    bool memory_is_maximum;   /* ... if it was given all that it may have */
    bool no_execute;          /* data is not executable */
    struct boot_ring console; /* struct xencons_interface */
    struct boot_ring store;   /* struct xenstore_domain_interface */
    uint64_t pages_lost;      /* pages that the latest suspend has cost */
};

/* --- what the kernel asks of the machine ---------------------------------- */

/* The page that Xen and this domain share. */
struct shared_info *arch_shared_info(void);

/* Xen's system time in ns; the clock of SCHEDOP_poll's time-out. It never goes
 * back, but in arch_suspend(), if the other host was started later. */
uint64_t arch_time_ns(void);

/* The frame number by which other domains know a page of ours. */
xen_pfn_t arch_page_frame(const void *page);

/*
 * Map the grant table's frames (version 1). On success *table has room for
 * *count entries; it stays mapped. Cheap only when never called: PVH pays a
 * superpage split or a new table page for it.
 */
int arch_map_grant_table(struct grant_entry_v1 **table,
                         unsigned int *count) MUST_CHECK;

/*
 * How many pages of RAM nothing uses: all but the image, and what the domain
 * builder left and is still read. Not more than Xen has given so far (xen/
 * memory.h, XENMEM_current_reservation): a PVH guest that started below its
 * maximum may touch no others. They are numbered from 0 up; a page keeps its
 * number, also in a new domain. 0 if Xen does not say. Costs a hypercall.
 */
uint64_t arch_spare_pages(void);

/* The same as far as this domain gave pages away and took them; costs
 * nothing. More, as long as pages lack that were never given. */
uint64_t arch_pages_left(void);

/*
 * Show spare pages side by side: `count` of them, 1 to ARCH_WINDOW_PAGES, from
 * number `first` on, all below what arch_spare_pages() said last. They are
 * there until the next call or the next arch_suspend(), and keep what is
 * written into them.
 */
#define ARCH_WINDOW_PAGES 64
void *arch_show_spare_pages(uint64_t first, unsigned int count);

/*
 * The balloon. Give the last `count` spare pages to Xen, but none with a number
 * below `keep`; or take back the first of those that are with Xen, as a part of
 * `wanted` that are to be taken by and by. 1 to ARCH_BALLOON_PAGES at a time.
 * The others keep their numbers. The result says
 * how many pages Xen took or gave: fewer if there are no more, or Xen will not.
 * More can be taken than asked for, one for 511 wanted: to have them can need
 * pages that are not spare, and all of these come first. A page that is taken
 * back may hold anything.
 */
#define ARCH_BALLOON_PAGES 256
unsigned int arch_give_pages(unsigned int count, uint64_t keep);
unsigned int arch_take_pages(unsigned int count, uint64_t wanted);

/* Whether it is worth asking again, when fewer were taken than asked for: Xen
 * had none. False: there is no room for more, or the domain may not have more
 * (xen/memory.h, XENMEM_maximum_reservation). Costs two hypercalls. */
bool arch_may_take_pages(void);

/*
 * Other vCPUs, numbers 1 to ARCH_VCPU_MAX - 1. One that is brought up runs
 * kernel_vcpu(), or goes on with it if it was up before in this domain; one
 * that is taken down stops at any moment, and is not there after arch_suspend()
 * in a new domain. -XEN_ENOENT: the domain has no such vCPU.
 */
#define ARCH_VCPU_MAX 32
bool arch_has_vcpu(unsigned int vcpu);
int arch_vcpu_up(unsigned int vcpu) MUST_CHECK;
int arch_vcpu_down(unsigned int vcpu) MUST_CHECK;

/*
 * Somebody can send an NMI to any vCPU. SCHEDOP_poll returns then, and nothing
 * else happens; several may count as one. Says whether there was one, on
 * whichever vCPU, since it said so last; and sends one to vCPU 0.
 */
bool arch_take_nmi(void) MUST_CHECK;
void arch_pass_nmi(void);

/*
 * Suspend this domain, to be saved, migrated or checkpointed; the caller has
 * finished with both rings. Returns
 *   ARCH_RESUMED    in a new domain: boot->console and boot->store are new, the
 *                   event channels of before are gone, the grant table is empty
 *   ARCH_CANCELLED  in the same domain, as if nothing had happened
 * or what Xen refused the suspend with, as if nothing had happened either.
 *
 * Some tools say ARCH_RESUMED to the same domain. Then the rings in *boot are
 * the same, and nothing is gone.
 *
 * A new domain may lack pages: boot->pages_lost of them. What was with this one
 * since a toolstack's target of the same moment is not saved with it. The spare
 * ones of them, the last ones, are with Xen then.
 */
#define ARCH_RESUMED   0
#define ARCH_CANCELLED 1
int arch_suspend(struct boot *boot) MUST_CHECK;

/* Wall clock in ns since 1970, as Xen tells it; 0 if it does not. */
uint64_t arch_wall_clock_ns(void);

/* Stop this domain for good; `reason` is a SHUTDOWN_* of xen/sched.h. */
_Noreturn void arch_stop(unsigned int reason);

/*
 * Cause a CPU fault that nobody handles. What the toolstack sees is Xen's
 * business: a crash, or on PVH the reboot of a triple fault.
 */
_Noreturn void arch_fault(void);

/* Let a loop that waits for another vCPU cost less. */
void arch_pause(void);

/* Hypercalls, as in the header that defines `command`. */
int arch_event_channel_op(int command, void *argument) MUST_CHECK;
int arch_sched_op(int command, void *argument) MUST_CHECK;

/* --- what the machine asks of the kernel ---------------------------------- */

/* The one way in: called once, on the boot CPU, with events masked; *boot stays
 * for arch_suspend() to fill in. */
_Noreturn void kernel_main(struct boot *boot);

/* What another vCPU does: on a stack of its own, of ARCH_VCPU_STACK bytes, with
 * events masked and without anybody to handle a fault. An NMI takes up to 88 of
 * them. */
#define ARCH_VCPU_STACK 256
_Noreturn void kernel_vcpu(unsigned int vcpu);

/* Say one line and crash: for faults, and for what only a bug can cause. */
_Noreturn void kernel_panic(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
