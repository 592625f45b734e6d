/* SPDX-License-Identifier: MIT */
/*
 * pv - declarations that the files about a paravirtualised guest share.
 */
#ifndef ARCH_X86_PV_H
#define ARCH_X86_PV_H

#include "arch/arch.h"
#include "arch/x86/x86.h"

/* --- mappings: pv.c ------------------------------------------------------- */

/* Map a machine frame, or nothing, at a page of the initial mapping or of a
 * page table made since. */
int pv_map_frame(const void *page, xen_pfn_t frame) MUST_CHECK;
int pv_unmap(const void *page) MUST_CHECK;

/* Unmap a page, and have the CPU forget all mappings that have changed. */
int pv_unmap_and_flush(const void *page) MUST_CHECK;

/* Behind what the domain builder left: 512 KiB, mapped and empty. */
char *pv_padding(void);
#define PV_PADDING_PAGES (0x80000 / PAGE_SIZE)

/* Page tables; they are mapped read-only. */
const uint64_t *pv_top_table(void);
const uint64_t *pv_table_of(uint64_t entry);

/* The entry that leads to the directory of the first GiB, where everything is.
 * Each entry of the directory leads to a table of the lowest level; the first
 * one leads to the table of the text. */
uint64_t pv_directory(void);
#define PV_TABLE_COVERS 0x200000UL

/* The table of the text; its last entry leads to the first page of the p2m. */
extern const uint64_t pv_text_table[PV_TABLE_COVERS / PAGE_SIZE];
#define PV_P2M_INDEX (PV_P2M / PAGE_SIZE)

/* --- protection: pv_protect.c; guest_ops.h says what it does -------------- */

int pv_protect_memory(void);

/*
 * Show the late text, if it is not shown yet. A page fault does it
 * (traps_entry.S). Before anything that cannot survive such a fault, call it:
 * only vCPU 0 may, while no other vCPU runs. On an error the domain crashes.
 */
void pv_show_late_text(void);
extern bool pv_late_text_shown;

/* --- pseudo-physical to machine frame: pv_p2m.c --------------------------- */

/* Once, at boot: use the p2m that the builder left. */
void pv_p2m_start(const struct start_info *start);

#define PV_NO_FRAME ~0UL /* this page is with Xen */
xen_pfn_t *pv_p2m(void);

/*
 * How many entries the p2m has room for: as the builder made it, and at most.
 * The p2m grows by one page at a time, which covers PV_P2M_GROWTH frames. The
 * last of these frames holds the next page of the p2m, except for the last
 * page.
 */
#define PV_P2M_GROWTH (PAGE_SIZE / sizeof(xen_pfn_t))
xen_pfn_t pv_p2m_room_built(void);
xen_pfn_t pv_p2m_room_max(void);

/* Frames of the builder's p2m and its page tables: first to end - 1. */
xen_pfn_t pv_p2m_first(void);
xen_pfn_t pv_p2m_end(void);

/* How many frames, from 0 up, have an entry: they are ours, or with Xen. */
xen_pfn_t pv_p2m_count(void);

/* Add entries up to the end of a page. *own grows by the number of pages taken
 * from Xen for this, 0 or 1. False: the p2m cannot grow now. */
bool pv_p2m_grow(unsigned int *own);

/*
 * pv_p2m_hide(), before a suspend: take the pages of the p2m that the tools may
 * not know out of the page table. pv_p2m_show(), after it: map them again. The
 * tools knew the frames below `count`; in the same domain that is
 * pv_p2m_count(). Entries of other frames are lost, with the pages behind them.
 * The result is how many of the lost pages held the p2m.
 */
int pv_p2m_hide(void) MUST_CHECK;
uint64_t pv_p2m_show(xen_pfn_t count);

/* The machine frame of a page of the initial mapping. */
xen_pfn_t pv_machine_frame(const void *page);

/*
 * Publish the p2m in its linear form (xen/arch-x86/xen.h). Tools that save this
 * domain may read it at any moment, so it is published from boot on.
 */
void pv_publish_p2m(void);

/*
 * Publish the p2m in its older form instead (xen/arch-x86/xen.h,
 * pfn_to_mfn_frame_list_list): a list of lists of the frames of its pages.
 * Tools that resume the same domain as if it were a new one look for the p2m
 * after the suspend. Some tools know only this form, and others fail with the
 * linear one (seen on Xen 4.14 and 4.17), so the domain has this form while it
 * is suspended. The lists are written anew each time, since frames change with
 * the domain. Above 63 GiB the linear form stays.
 */
void pv_publish_p2m_lists(void);

/* The most pages that these lists may take, at the beginning of the padding;
 * and how many they take; 0: too many, and there are none. */
#define PV_LIST_PAGES (PV_PADDING_PAGES / 2)
unsigned long pv_list_pages(void);

/* --- spare pages: pv_spare.c; guest_ops.h says what each does ------------- */

uint64_t pv_spare_pages_in_all(void);
uint64_t pv_spare_pages_missing(uint64_t away);
uint64_t pv_spare_pages(uint64_t given, uint64_t away);
int pv_show_spare_pages(uint64_t first, unsigned int count, void **pages);
unsigned int pv_give_pages(uint64_t last, unsigned int count);
unsigned int pv_take_pages(uint64_t first, unsigned int count, uint64_t wanted,
                           unsigned int *own);

#endif
