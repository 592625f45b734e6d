/* SPDX-License-Identifier: MIT */
/*
 * arch - all that the rest of the kernel may ask of a machine.
 *
 * arch/x86 implements this header for PV and PVH guests, arch/arm64 for guests
 * on Arm, and tests/fake for unit tests on the host. Code that includes it
 * knows neither which machine it runs on nor how the guest was started. Results
 * are 0 or a negative Xen errno.
 *
 * Before kernel_main() is called, the machine has made sure that
 *   - static data is zero, unless it has another value: not every loader of Xen
 *     clears what the file does not hold
 *   - memory is mapped as Xen and the other domains map it, cached and
 *     coherent: nothing that is shared is touched earlier
 *   - unaligned accesses work
 * The least memory that a domain needs depends on the machine. So does whether
 * its toolstacks can save a domain: see arch_suspend().
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

/* A page shared with a daemon, and the event channel that belongs to it. */
struct boot_ring {
    void *page;
    evtchn_port_t port;
};

/* The facts that every guest gets at its start, in its own way. */
struct boot {
    const char *guest;        /* "pv" or "pvh"; on Arm always "pvh" */
    const char *command_line; /* NUL-terminated, never null */
    bool command_line_cut;    /* may have been longer: it fills its space */
    uint64_t memory_kib;      /* RAM of this domain */
    bool memory_is_maximum;   /* memory_kib is all it may have */
    bool no_execute;          /* data is not executable */
    struct boot_ring console; /* struct xencons_interface */
    struct boot_ring store;   /* struct xenstore_domain_interface */
    uint64_t pages_lost;      /* lost by the latest suspend */
};

/* --- what the kernel asks of the machine ---------------------------------- */

/* The page that Xen and this domain share. */
struct shared_info *arch_shared_info(void);

/* Xen's system time in ns; SCHEDOP_poll's time-out uses the same clock. It
 * never goes back, except in arch_suspend(): if the new host was started later,
 * and on arm64 a little in the same domain. */
uint64_t arch_time_ns(void);

/* The frame number by which other domains know a page of ours. */
xen_pfn_t arch_page_frame(const void *page);

/*
 * Map the grant table's frames (version 1). On success *table has room for
 * *count entries, and stays mapped. Call this only if grants are needed: each
 * frame costs hypercalls.
 */
int arch_map_grant_table(struct grant_entry_v1 **table,
                         unsigned int *count) MUST_CHECK;

/*
 * How many pages of RAM are spare: used neither by the image nor by what the
 * domain builder left and the kernel still reads. Only pages that Xen has given
 * so far count (xen/memory.h, XENMEM_current_reservation): a PVH guest that
 * started below its maximum may touch no others. Spare pages are numbered from
 * 0 up; a page keeps its number, also in a new domain. 0 if Xen does not say.
 * Costs a hypercall.
 */
uint64_t arch_spare_pages(void);

/* The same number without a hypercall, from the pages that this domain gave to
 * Xen and took back. Larger while Xen has not yet given all pages. */
uint64_t arch_pages_left(void);

/*
 * Show spare pages side by side: `count` of them, 1 to ARCH_WINDOW_PAGES, from
 * number `first` on. All must be below the latest result of arch_spare_pages().
 * They stay mapped until the next call or the next arch_suspend(), and keep
 * what is written into them.
 */
#define ARCH_WINDOW_PAGES 64
void *arch_show_spare_pages(uint64_t first, unsigned int count);

/*
 * The balloon. Each call moves 1 to ARCH_BALLOON_PAGES pages; the other spare
 * pages keep their numbers. The result says how many pages Xen took or gave:
 * fewer than asked for if there are no more, or if Xen refuses.
 *
 * arch_give_pages() gives the last `count` spare pages to Xen, but none with a
 * number below `keep`.
 *
 * arch_take_pages() takes back the first of the pages that are with Xen.
 * `wanted` is how many pages the caller will take in all, in this call and
 * later ones. The result can exceed `count`, by one for each 511 wanted: spare
 * pages can need other pages first, and all of these are taken at once. A page
 * that is taken back may hold anything.
 */
#define ARCH_BALLOON_PAGES 256
unsigned int arch_give_pages(unsigned int count, uint64_t keep);
unsigned int arch_take_pages(unsigned int count, uint64_t wanted);

/*
 * Whether to ask again after arch_take_pages() took fewer than asked for. True:
 * Xen had no free page. False: there is no room for more, or the domain may not
 * have more (xen/memory.h, XENMEM_maximum_reservation). Costs two hypercalls.
 */
bool arch_may_take_pages(void);

/*
 * The other vCPUs, numbers 1 to ARCH_VCPU_MAX - 1. A vCPU that is brought up
 * runs kernel_vcpu(): from its beginning, or where it was, if it was up before
 * in this domain. After arch_suspend() in a new domain the other vCPUs are
 * down. -XEN_ENOENT: the domain has no such vCPU.
 *
 * A vCPU may take itself down. vCPU 0 may take any other one down, which has
 * stopped when the function returns: at any instruction where Xen stops it; on
 * other machines in its next call of arch_sched_op() or arch_pause(). So
 * kernel_vcpu() calls one of them again and again.
 */
#define ARCH_VCPU_MAX 32
bool arch_has_vcpu(unsigned int vcpu);
int arch_vcpu_up(unsigned int vcpu) MUST_CHECK;
int arch_vcpu_down(unsigned int vcpu) MUST_CHECK;

/*
 * A toolstack can send an NMI to any vCPU. The NMI ends SCHEDOP_poll and has no
 * other effect; several NMIs may count as one. arch_take_nmi() says whether any
 * vCPU has received one since it was last reported. arch_pass_nmi() sends an
 * NMI to vCPU 0. A machine may have no NMI: then there never is one.
 */
bool arch_take_nmi(void) MUST_CHECK;
void arch_pass_nmi(void);

/*
 * Suspend this domain, to be saved, migrated or checkpointed; the caller has
 * finished with both rings. Returns
 *   ARCH_RESUMED    in a new domain: boot->console and boot->store are new, the
 *                   old event channels are gone, the grant table is empty
 *   ARCH_CANCELLED  in the same domain, as if nothing had happened
 * or the error with which Xen refused the suspend; nothing has happened then,
 * either.
 *
 * Some tools return ARCH_RESUMED to the same domain. Then the rings in *boot
 * are the same, and nothing is gone.
 *
 * Where no toolstack can save a domain, a suspend still stops it. It lasts
 * until somebody resumes the domain, which is the same one.
 *
 * A new domain may lack pages: boot->pages_lost of them. When a toolstack's
 * target comes at the moment of the save, pages that the domain takes for it
 * are not saved. The spare pages among them, which are the last ones, are then
 * with Xen.
 */
#define ARCH_RESUMED   0
#define ARCH_CANCELLED 1
int arch_suspend(struct boot *boot) MUST_CHECK;

/* Wall clock in ns since 1970, as Xen tells it; 0 if Xen does not tell it. */
uint64_t arch_wall_clock_ns(void);

/* Stop this domain for good; `reason` is a SHUTDOWN_* of xen/sched.h. */
_Noreturn void arch_stop(unsigned int reason);

/*
 * Cause a CPU fault that leaves no last words. The machine decides what the
 * toolstack sees: a crash, or on PVH the reboot of a triple fault.
 */
_Noreturn void arch_fault(void);

/* Make a loop that waits for another vCPU cheaper. */
void arch_pause(void);

/* Hypercalls; the header that defines `command` describes them. `argument`, if
 * the command has one, and the ports of SCHEDOP_poll lie in the image. The
 * pointer to these ports may be changed. */
int arch_event_channel_op(int command, void *argument) MUST_CHECK;
int arch_sched_op(int command, void *argument) MUST_CHECK;

/*
 * Any hypercall, by its number, with any arguments; those beyond its own do not
 * matter. It may never return, and it may change all that the kernel knows of
 * the machine: a tester has ordered it. The result is Xen's.
 */
#define ARCH_HYPERCALL_ARGS 5
long arch_hypercall(unsigned long number,
                    const uint64_t args[ARCH_HYPERCALL_ARGS]);

/* --- what the machine asks of the kernel ---------------------------------- */

/* Entry to the kernel: called once, on the boot CPU, with events masked. *boot
 * stays valid: arch_suspend() writes to it. */
_Noreturn void kernel_main(struct boot *boot);

/* Every vCPU but vCPU 0 runs this: with events masked, with no last words for a
 * fault, and on a small stack of its own, whose size is the machine's, since
 * the frames of machines differ. */
_Noreturn void kernel_vcpu(unsigned int vcpu);

/* Log one line and crash: for faults, and for conditions that only a
 * bug can cause. */
_Noreturn void kernel_panic(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
