/* SPDX-License-Identifier: MIT */
/*
 * pv_p2m - pseudo-physical to machine frame, a list that can grow; see pv.h.
 *
 * The builder's list ends where its page tables do. One that has to grow is
 * shown a second time, where there is room behind it: at 512 MiB, through one
 * page table, which is enough for 1 GiB of memory.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/x86/pv.h"
#include "lib/string.h"

#define GROWN_BASE     0x20000000UL
#define GROWN_ROOM_MAX (PV_TABLE_COVERS / sizeof(xen_pfn_t))

static struct {
    xen_pfn_t *frames;
    xen_pfn_t count; /* frames that we have, or had */
    xen_pfn_t room;
    xen_pfn_t built_room;
    xen_pfn_t first, end; /* frames that the builder's list lies in */
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
    p2m.room = p2m.built_room = pages_for(p2m.count) * PV_P2M_GROWTH;
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

xen_pfn_t pv_p2m_room(void)
{
    return p2m.room;
}

/* The list's pages, and behind them its tables: so the domain builder of the
 * tools leaves them, but not Xen's own, in the PVH shim. */
static bool is_in_a_row(void)
{
    return p2m.frames[p2m.first] ==
           (pv_text_table[PV_P2M_INDEX] & PTE_FRAME) >> PAGE_SHIFT;
}

xen_pfn_t pv_p2m_room_max(void)
{
    return is_in_a_row() ? MAX(p2m.built_room, GROWN_ROOM_MAX) : p2m.built_room;
}

xen_pfn_t pv_machine_frame(const void *page)
{
    return p2m.frames[x86_physical(page) >> PAGE_SHIFT];
}

/* --- growing -------------------------------------------------------------- */

static xen_pfn_t *grown_page(unsigned long index)
{
    return (xen_pfn_t *)(GROWN_BASE + index * PAGE_SIZE);
}

/* Put an empty page table, in this frame, where it covers GROWN_BASE. */
static int add_table(xen_pfn_t frame)
{
    struct mmu_update update = {
        .ptr = (pv_directory() & PTE_FRAME) +
               GROWN_BASE / PV_TABLE_COVERS * sizeof(uint64_t),
        .val = frame << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_ACCESS,
    };
    char *page = pv_padding(); /* to empty it through */
    const xen_pfn_t own = pv_machine_frame(page);
    int error = pv_map_frame(page, frame);

    if (error != 0)
        return error;
    memset(page, 0, PAGE_SIZE);
    error = pv_map_frame(page, own); /* tables may not be mapped writable */
    if (error != 0)
        return error;
    return (int)x86_hypercall(__HYPERVISOR_mmu_update, (unsigned long)&update,
                              1, 0, DOMID_SELF, 0);
}

/* Show the builder's list where it can grow. */
static int move(xen_pfn_t table)
{
    int error = add_table(table);

    for (unsigned long i = 0; error == 0 && i < pages_for(p2m.built_room); i++)
        error = pv_map_frame(grown_page(i), p2m.frames[p2m.first + i]);
    if (error == 0)
        p2m.frames = grown_page(0);
    return error;
}

/* The tools read it while the domain runs: xen/arch-x86/xen.h, p2m_generation,
 * has them wait, or begin anew. */
static void mappings_change(void)
{
    __asm__ volatile("" ::: "memory");
    arch_shared_info()->arch.p2m_generation++;
    __asm__ volatile("" ::: "memory");
}

unsigned int pv_p2m_grow(void)
{
    const unsigned int count =
        p2m.room == p2m.built_room ? PV_P2M_OWN_FIRST : PV_P2M_OWN_AT_ONCE;
    xen_pfn_t frames[PV_P2M_OWN_FIRST] = {p2m.room, p2m.room + 1};
    xen_pfn_t *page = grown_page(p2m.room / PV_P2M_GROWTH);
    unsigned int taken;
    int error = 0;

    if (p2m.room >= pv_p2m_room_max())
        return 0;
    taken = x86_balloon(XENMEM_populate_physmap, frames, count);
    if (taken < count) {
        if (taken > 0 &&
            x86_balloon(XENMEM_decrease_reservation, frames, taken) != taken)
            kernel_panic("balloon: Xen does not take back what it gave");
        return 0;
    }
    mappings_change();
    if (count == PV_P2M_OWN_FIRST)
        error = move(frames[1]);
    if (error == 0)
        error = pv_map_frame(page, frames[0]);
    if (error != 0)
        kernel_panic("balloon: the p2m cannot grow, error %d", error);
    memset(page, 0xff, PAGE_SIZE); /* PV_NO_FRAME */
    memcpy(page, frames, count * sizeof(*frames));
    p2m.room += PV_P2M_GROWTH;
    pv_p2m_reaches(p2m.room - PV_P2M_GROWTH + count);
    mappings_change();
    return count;
}

xen_pfn_t pv_p2m_count(void)
{
    return p2m.count;
}

void pv_p2m_reaches(xen_pfn_t count)
{
    if (count <= p2m.count)
        return;
    p2m.count = count;
    pv_publish_p2m();
}

/* --- publishing ----------------------------------------------------------- */

void pv_publish_p2m(void)
{
    struct arch_shared_info *arch = &arch_shared_info()->arch;

    arch->max_pfn = p2m.count;
    arch->p2m_vaddr = (unsigned long)p2m.frames;
    arch->p2m_cr3 = pv_machine_frame(pv_top_table()) << PAGE_SHIFT;
}

/* A page of the list. A grown one is its own first entry. */
static xen_pfn_t frame_of_page(unsigned long index)
{
    const xen_pfn_t first = index * PV_P2M_GROWTH;

    return p2m.frames[first < p2m.built_room ? p2m.first + index : first];
}

/* The list of lists and the lists, in pages; 0: there are too many. What can
 * grow needs no more when it has. */
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

    arch->pfn_to_mfn_frame_list_list = ~0UL; /* none, and none to come */
    if (pv_list_pages() == 0)
        return;
    for (unsigned long i = 0; i < pages; i++)
        list[i] = frame_of_page(i);
    for (unsigned long i = 0; i < pages_for(pages); i++)
        top[i] = pv_machine_frame(&list[i * PV_P2M_GROWTH]);
    arch->pfn_to_mfn_frame_list_list = pv_machine_frame(top);
    arch->p2m_cr3 = 0; /* says that there is no linear form */
}
