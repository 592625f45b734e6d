/* SPDX-License-Identifier: MIT */
/*
 * pv - what the files about a paravirtualised guest share.
 */
#ifndef ARCH_X86_PV_H
#define ARCH_X86_PV_H

#include "arch/arch.h"
#include "arch/x86/x86.h"

/* --- mappings: pv.c ------------------------------------------------------- */

/* Let a page of the initial mapping, or of a page table made since, show a
 * machine frame, or nothing. */
int pv_map_frame(const void *page, xen_pfn_t frame) MUST_CHECK;
int pv_unmap(const void *page) MUST_CHECK;

/* Behind what the domain builder left: 512 KiB that are mapped and empty. */
char *pv_padding(void);
#define PV_PADDING_PAGES (0x80000 / PAGE_SIZE)

/* Page tables, which may only be read. */
const uint64_t *pv_top_table(void);
const uint64_t *pv_table_of(uint64_t entry);

/* The entry that leads to the directory of the first GiB, where everything is.
 * Each of its own leads to a table of the lowest level, the first one to that
 * of the text. */
uint64_t pv_directory(void);
#define PV_TABLE_COVERS 0x200000UL

/* That table; its last entry leads to the first page of the p2m. */
extern const uint64_t pv_text_table[PV_TABLE_COVERS / PAGE_SIZE];
#define PV_P2M_INDEX (PV_P2M / PAGE_SIZE)

/* --- protection: pv_protect.c; guest_ops.h says what it does -------------- */

int pv_protect_memory(void);

/* --- pseudo-physical to machine frame: pv_p2m.c --------------------------- */

/* Once, at boot: the list that the builder left. */
void pv_p2m_start(const struct start_info *start);

#define PV_NO_FRAME ~0UL /* that page is with Xen */
xen_pfn_t *pv_p2m(void);

/*
 * How many frames the builder's list has room for, and the largest one that it
 * can become. It grows by a page's worth at a time. The last frame of each of
 * these, but the last one, is for the next page of the list.
 */
#define PV_P2M_GROWTH (PAGE_SIZE / sizeof(xen_pfn_t))
xen_pfn_t pv_p2m_room_built(void);
xen_pfn_t pv_p2m_room_max(void);

/* The frames that the builder's list lies in, and its page tables. */
xen_pfn_t pv_p2m_first(void);
xen_pfn_t pv_p2m_end(void);

/* So many frames, from 0, have an entry: they are ours, or with Xen. */
xen_pfn_t pv_p2m_count(void);

/* More have, up to the end of a page. *own grows by the pages that it took of
 * Xen for that, 0 or 1. False: it cannot grow now. */
bool pv_p2m_grow(unsigned int *own);

/*
 * Before a suspend: no page table shows a page of the list that the tools may
 * not know of. After it: they are shown again. Of a new domain the tools know
 * `count` frames; the entries of others are gone, and what was behind them. The
 * result is how many of those the list lay in.
 */
int pv_p2m_hide(void) MUST_CHECK;
uint64_t pv_p2m_show(xen_pfn_t count);

/* Where a page of the initial mapping is. */
xen_pfn_t pv_machine_frame(const void *page);

/*
 * Tell where the list lies, in its linear form: whoever saves this domain reads
 * it at any moment, so it has to be there from the start.
 */
void pv_publish_p2m(void);

/*
 * Instead, in the older form: a list of lists of frames. Tools that resume the
 * same domain as if it were a new one look for the p2m after the suspend. Some
 * know this form alone, and others fail with the linear one (seen on Xen 4.14
 * and 4.17): so while suspended the domain has this one, made new each time,
 * since frames change with the domain. Above 63 GiB the linear form stays.
 */
void pv_publish_p2m_lists(void);

/* Pages that the lists take, at the beginning of the padding. */
#define PV_LIST_PAGES (PV_PADDING_PAGES / 2)
unsigned long pv_list_pages(void);

/* --- spare pages: pv_spare.c; guest_ops.h says what each does ------------- */

uint64_t pv_spare_pages_in_all(void);
uint64_t pv_spare_pages_missing(void);
uint64_t pv_spare_pages(uint64_t given, uint64_t away);
int pv_show_spare_pages(uint64_t first, unsigned int count, void **pages);
unsigned int pv_give_pages(uint64_t last, unsigned int count);
unsigned int pv_take_pages(uint64_t first, unsigned int count, uint64_t wanted,
                           unsigned int *own);

#endif
