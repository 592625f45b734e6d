/* SPDX-License-Identifier: MIT */
/*
 * pvh_spare - memory of a guest in a hardware container that nothing uses.
 *
 * Spare is all RAM above what is kept. Its frames are pseudo-physical, and stay
 * the same in a new domain.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"

#define SPARE_INDEX (PVH_TABLE_ENTRIES / 4 * 3)
#define SPARE_BASE  (PVH_WINDOW + SPARE_INDEX * PAGE_SIZE)

static xen_pfn_t first_spare_frame;

/*
 * Xen also counts the rings and the ACPI tables as pages of the domain. Seen on
 * Xen 4.17: 17 pages.
 */
#define PAGES_BESIDE_RAM 32

/* Have the CPU forget a mapping that has changed. */
static void forget(unsigned long address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static uint64_t spare_of(uint64_t ram)
{
    uint64_t used;

    first_spare_frame = pvh_kept_end();
    used = pvh_ram_pages_below(first_spare_frame);
    return ram > used ? ram - used : 0;
}

uint64_t pvh_spare_pages_in_all(void)
{
    return spare_of(pvh_ram_pages());
}

uint64_t pvh_spare_pages(uint64_t given, uint64_t away)
{
    uint64_t ram = pvh_ram_pages() - away;

    /* Populate on demand: Xen has no more pages, whichever are touched. */
    if (given < ram)
        ram = given - MIN(given, PAGES_BESIDE_RAM);
    return spare_of(ram);
}

static xen_pfn_t spare_frame(uint64_t page)
{
    return pvh_ram_frame(pvh_ram_pages_below(first_spare_frame) + page);
}

/* --- a new domain --------------------------------------------------------- */

/* Whether pages have moved in this domain: if not, none can be missing, and Xen
 * need not be asked. */
static bool has_moved;
static uint64_t given_before; /* pages that Xen counted before the suspend */

void pvh_spare_before_suspend(void)
{
    if (has_moved)
        given_before = common_pages_given();
}

static unsigned int give(uint64_t last, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        common_balloon_frames[i] = spare_frame(last - i);
    return common_balloon(XENMEM_decrease_reservation,
                          x86_for_xen(common_balloon_frames), count);
}

/* Whether the domain has this page. A page that Xen populates on demand
 * counts. */
static bool is_there(uint64_t page)
{
    struct xen_hvm_get_mem_type type = {
        .domid = DOMID_SELF,
        .pfn = spare_frame(page),
    };

    return x86_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_mem_type,
                         (unsigned long)&type, 0, 0, 0) != 0 ||
           type.mem_type == HVMMEM_ram_rw;
}

/*
 * A live migration copies the memory of a domain that runs (libxc,
 * xg_sr_save.c). A page that came meanwhile is not copied until it is written;
 * a page that went may have been copied before. So the new domain may lack
 * pages anywhere, and may have pages that were with Xen. The spare pages behind
 * the first gap are given back: those that are there are again the first ones.
 */
uint64_t pvh_spare_pages_missing(uint64_t away)
{
    const uint64_t all = pvh_spare_pages_in_all(), own = all - away;
    uint64_t first_gap = own, page;
    int64_t more;

    if (!has_moved)
        return away;
    more = (int64_t)(common_pages_given() - given_before);
    has_moved = more != 0; /* pages that are given back have moved, too */
    if (more == 0)
        return away;
    /* `more` becomes how many pages are there that were with Xen. */
    for (page = 0; page < own; page++) {
        if (!is_there(page)) {
            first_gap = MIN(first_gap, page);
            more++;
        } else if (page > first_gap) {
            (void)give(page, 1);
        }
    }
    for (; page < all && more > 0; page++) {
        if (is_there(page))
            more -= give(page, 1);
    }
    return all - first_gap;
}

/* --- the window and the balloon ------------------------------------------- */

int pvh_show_spare_pages(uint64_t first, unsigned int count, void **pages)
{
    for (unsigned int i = 0; i < count; i++) {
        pvh_window_table[SPARE_INDEX + i] =
            spare_frame(first + i) << PAGE_SHIFT | x86_data_flags();
        forget(SPARE_BASE + i * PAGE_SIZE);
    }
    *pages = (void *)SPARE_BASE;
    return 0;
}

unsigned int pvh_give_pages(uint64_t last, unsigned int count)
{
    has_moved = true;
    return give(last, count);
}

unsigned int pvh_take_pages(uint64_t first, unsigned int count, uint64_t wanted,
                            unsigned int *own)
{
    (void)wanted;
    (void)own;
    has_moved = true;
    for (unsigned int i = 0; i < count; i++)
        common_balloon_frames[i] = spare_frame(first + i);
    return common_balloon(XENMEM_populate_physmap,
                          x86_for_xen(common_balloon_frames), count);
}
