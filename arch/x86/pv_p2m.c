/* SPDX-License-Identifier: MIT */
/*
 * pv_p2m - the p2m: a table with the machine frame of each pseudo-physical
 * frame, which can grow; see pv.h.
 *
 * The p2m never moves: it grows at its end. Tools that save this domain look
 * for the p2m once, before the domain suspends. Entries that are added after
 * that look are lost, with all pages that they lead to. So the p2m is made as
 * long as the toolstack's target needs before the first page is taken. And
 * entries beyond the end that the tools know may be lost without harm to the
 * rest:
 *
 *   1. an added page lies in a frame whose entry is in the page before it
 *   2. the page table, and the first page that is added, lie in frames that
 *      exist from the start
 *   3. while the domain is suspended, the page table shows no other added page,
 *      since the tools do not save a table with a frame that they do not know
 *   4. after a restore, start info tells how many entries the tools knew:
 *      pv_p2m_show()
 *
 * docs/decisions/0018-the-p2m-grows-ahead.md has the reasons.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/x86/pv.h"
#include "lib/string.h"

#define ROOM_MAX (PV_TABLE_COVERS / sizeof(xen_pfn_t))

/*
 * Two frames below the image, which PV does not use otherwise. The first is for
 * the page table that shows the second and later pages of the p2m, if the
 * builder made none. The other is for the first page that is added to the p2m.
 */
#define TABLE_FRAME (LOAD_ADDRESS / PAGE_SIZE - 1)
#define ADDED_FRAME (LOAD_ADDRESS / PAGE_SIZE - 2)

static struct {
    xen_pfn_t *frames;
    xen_pfn_t count; /* published entries; later ones may hold anything */
    xen_pfn_t built_room;
    xen_pfn_t first, end; /* frames of the builder's p2m and its page tables */
} p2m;

static unsigned long pages_for(unsigned long frames)
{
    return (frames + PV_P2M_GROWTH - 1) / PV_P2M_GROWTH;
}

void pv_p2m_start(const struct start_info *start)
{
    p2m.frames = (xen_pfn_t *)start->mfn_list;
    p2m.count = start->nr_pages;
    p2m.first = start->first_p2m_pfn;
    p2m.end = start->first_p2m_pfn + start->nr_p2m_frames;
    p2m.built_room = pages_for(p2m.count) * PV_P2M_GROWTH;
}

xen_pfn_t *pv_p2m(void)
{
    return p2m.frames;
}

xen_pfn_t pv_p2m_room_built(void)
{
    return p2m.built_room;
}

xen_pfn_t pv_p2m_first(void)
{
    return p2m.first;
}

xen_pfn_t pv_p2m_end(void)
{
    return p2m.end;
}

xen_pfn_t pv_p2m_count(void)
{
    return p2m.count;
}

/* Whether the pages of the p2m lie in consecutive frames, with their page
 * tables behind them. The tools' domain builder does it so; Xen's own, in the
 * PVH shim, may not. */
static bool is_in_a_row(void)
{
    return p2m.frames[p2m.first] ==
           (pv_text_table[PV_P2M_INDEX] & PTE_FRAME) >> PAGE_SHIFT;
}

xen_pfn_t pv_p2m_room_max(void)
{
    return is_in_a_row() ? MAX(p2m.built_room, ROOM_MAX) : p2m.built_room;
}

xen_pfn_t pv_machine_frame(const void *page)
{
    return p2m.frames[x86_physical(page) >> PAGE_SHIFT];
}

/* --- growing -------------------------------------------------------------- */

static xen_pfn_t *p2m_page(unsigned long index)
{
    return &p2m.frames[index * PV_P2M_GROWTH];
}

/* The frame in which a page of the p2m lies. Its entry is in an
 * earlier page. */
static xen_pfn_t frame_of_page(unsigned long index)
{
    const unsigned long built = pages_for(p2m.built_room);

    if (index < built)
        return p2m.first + index;
    return index == built ? ADDED_FRAME : index * PV_P2M_GROWTH - 1;
}

static int map_p2m_page(unsigned long index)
{
    return pv_map_frame(p2m_page(index), p2m.frames[frame_of_page(index)]);
}

/* Make sure that there is a page table that can show this page of the p2m. */
static int need_table(const xen_pfn_t *page)
{
    const unsigned long index = (unsigned long)page / PV_TABLE_COVERS;
    char *table = (char *)VIRTUAL_OFFSET + TABLE_FRAME * PAGE_SIZE;
    struct mmu_update update = {
        .ptr = (pv_directory() & PTE_FRAME) + index * sizeof(uint64_t),
        .val = p2m.frames[TABLE_FRAME] << PAGE_SHIFT | x86_data_flags(),
    };
    int error;

    if (pv_table_of(pv_directory())[index] != 0)
        return 0;
    memset(table, 0, PAGE_SIZE);
    error = pv_unmap(table); /* tables may not be mapped writable */
    if (error != 0)
        return error;
    return (int)x86_hypercall(__HYPERVISOR_mmu_update, (unsigned long)&update,
                              1, 0, DOMID_SELF, 0);
}

/* Make sure that the domain has the frame of the p2m's next page. */
static bool take_frame(xen_pfn_t frame, unsigned int *own)
{
    xen_pfn_t machine = frame;

    if (p2m.frames[frame] != PV_NO_FRAME)
        return true;
    if (common_balloon(XENMEM_populate_physmap, &machine, 1) != 1)
        return false;
    p2m.frames[frame] = machine;
    ++*own;
    return true;
}

/* The tools read the p2m while the domain runs. p2m_generation
 * (xen/arch-x86/xen.h) makes them wait, or begin again. */
static void mappings_change(void)
{
    __asm__ volatile("" ::: "memory");
    arch_shared_info()->arch.p2m_generation++;
    __asm__ volatile("" ::: "memory");
}

/* Add entries up to the end of the page. */
static void fill_page(unsigned long index)
{
    const xen_pfn_t end = (index + 1) * PV_P2M_GROWTH;

    memset(&p2m.frames[p2m.count], 0xff, /* PV_NO_FRAME */
           (end - p2m.count) * sizeof(*p2m.frames));
    p2m.count = end;
    pv_publish_p2m();
}

bool pv_p2m_grow(unsigned int *own)
{
    const unsigned long index = p2m.count / PV_P2M_GROWTH;
    const bool added = p2m.count % PV_P2M_GROWTH == 0;
    int error = 0;

    if (p2m.count >= pv_p2m_room_max() ||
        (added && !take_frame(frame_of_page(index), own)))
        return false;
    mappings_change();
    if (added)
        error = need_table(p2m_page(index));
    if (added && error == 0)
        error = map_p2m_page(index);
    if (error != 0)
        kernel_panic("balloon: the p2m cannot grow, error %d", error);
    fill_page(index);
    mappings_change();
    return true;
}

/* The first page of the p2m whose frame the tools may not know. */
static unsigned long first_hidden(void)
{
    return pages_for(p2m.built_room) + 1;
}

int pv_p2m_hide(void)
{
    int error = 0;

    for (unsigned long i = first_hidden();
         error == 0 && i < pages_for(p2m.count); i++)
        error = pv_unmap(p2m_page(i));
    return error;
}

uint64_t pv_p2m_show(xen_pfn_t count)
{
    const unsigned long pages = pages_for(p2m.count);
    const unsigned long kept = MAX(count / PV_P2M_GROWTH + 1, first_hidden());

    p2m.count = MIN(count, p2m.count);
    for (unsigned long i = first_hidden(); i < pages_for(p2m.count); i++) {
        if (map_p2m_page(i) != 0)
            kernel_panic("suspend: the p2m is not shown");
    }
    return pages - MIN(pages, kept);
}

/* --- publishing ----------------------------------------------------------- */

void pv_publish_p2m(void)
{
    struct arch_shared_info *arch = &arch_shared_info()->arch;

    arch->max_pfn = p2m.count;
    arch->p2m_vaddr = (unsigned long)p2m.frames;
    arch->p2m_cr3 = pv_machine_frame(pv_top_table()) << PAGE_SHIFT;
}

/* Growth does not change this number: a p2m that can grow never needs a second
 * list. */
unsigned long pv_list_pages(void)
{
    unsigned long count = 1 + pages_for(pages_for(p2m.built_room));

    return count <= PV_LIST_PAGES ? count : 0;
}

void pv_publish_p2m_lists(void)
{
    struct arch_shared_info *arch = &arch_shared_info()->arch;
    xen_pfn_t *top = (xen_pfn_t *)pv_padding(), *list = top + PV_P2M_GROWTH;
    const unsigned long pages = pages_for(p2m.count);

    arch->pfn_to_mfn_frame_list_list = ~0UL; /* none, now or later */
    if (pv_list_pages() == 0)
        return;
    for (unsigned long i = 0; i < pages; i++)
        list[i] = p2m.frames[frame_of_page(i)];
    for (unsigned long i = 0; i < pages_for(pages); i++)
        top[i] = pv_machine_frame(&list[i * PV_P2M_GROWTH]);
    arch->pfn_to_mfn_frame_list_list = pv_machine_frame(top);
    arch->p2m_cr3 = 0; /* there is no linear form */
}
