/* SPDX-License-Identifier: MIT */
/*
 * pvh - declarations that the files about a guest in a hardware container
 * share; guest_ops.h says what each does.
 */
#ifndef ARCH_X86_PVH_H
#define ARCH_X86_PVH_H

#include "arch/arch.h"
#include "arch/x86/x86.h"

#define PVH_TABLE_ENTRIES 512UL /* of each page table */

/*
 * entry_pvh.S; each entry shows one page of the last 2 MiB of the first GiB.
 * The first half shows what the builder left. The image is shown in the middle,
 * up to 512 KiB (linker.ld). The last quarter shows spare pages.
 */
extern uint64_t pvh_window_table[PVH_TABLE_ENTRIES];
#define PVH_WINDOW 0x3fe00000UL

/*
 * The view: the first 2 MiB of RAM, so the whole image, by one large page. It
 * can be neither written nor executed. The kernel does not use it: Xen reads
 * arguments of hypercalls there.
 */
#define PVH_VIEW 0x200000UL

/* --- what the builder left: pvh_start.c ----------------------------------- */

/* Once, at boot: `address` is the physical address of start info. */
int pvh_read_start_info(uint64_t address, struct boot *boot) MUST_CHECK;

/* How many pages of RAM there are in all, and below the frame `limit`; and the
 * frame of page number `page`, counted from 0. */
uint64_t pvh_ram_pages(void);
uint64_t pvh_ram_pages_below(xen_pfn_t limit);
xen_pfn_t pvh_ram_frame(uint64_t page);

/* The first frame above the image and above all that the builder left and the
 * kernel still reads. */
xen_pfn_t pvh_kept_end(void);

/* --- spare pages: pvh_spare.c; guest_ops.h says what each does ------------ */

uint64_t pvh_spare_pages_in_all(void);
uint64_t pvh_spare_pages_missing(uint64_t away);

/* Before each suspend: pvh_spare_pages_missing() needs it. */
void pvh_spare_before_suspend(void);

uint64_t pvh_spare_pages(uint64_t given, uint64_t away);
int pvh_show_spare_pages(uint64_t first, unsigned int count, void **pages);
unsigned int pvh_give_pages(uint64_t last, unsigned int count);
unsigned int pvh_take_pages(uint64_t first, unsigned int count, uint64_t wanted,
                            unsigned int *own);

/* --- faults: pvh_traps.c -------------------------------------------------- */

int pvh_load_traps(void);
void pvh_unload_traps(void);

/* Where another vCPU begins, with its number in rdi: it loads what an
 * NMI needs, and calls kernel_vcpu(). pvh_begin_vcpu() is the second
 * half of this, in C. */
extern const char pvh_vcpu_entry[];
_Noreturn void pvh_begin_vcpu(unsigned int vcpu);
unsigned long pvh_fault_address(void);

#endif
