/* SPDX-License-Identifier: MIT */
/*
 * memory - page tables, and RAM that nothing uses.
 *
 * All RAM is mapped at its physical address. The frames that the domain sees
 * are those of Xen's hypercalls (xen/arch-arm.h), and stay the same for ever.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"
#include "lib/error.h"

#define LARGE_SIZE (1UL << LEVEL2_SHIFT)
#define GIB        (1UL << LEVEL1_SHIFT)

#define IMAGE_GIB (LOAD_ADDRESS >> LEVEL1_SHIFT)

/* linker.ld has made these: for 512 GiB, and for the GiB of the image. */
extern uint64_t arm64_level1[TABLE_ENTRIES], arm64_level2[TABLE_ENTRIES];

/* The first GiB, where Xen's own pages are, and a window in it. */
static uint64_t low_level2[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static uint64_t window_table[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));

/* --- page tables ---------------------------------------------------------- */

/* An entry that was 0: the CPU does not keep such a one. Later accesses may go
 * through it. */
static void set_entry(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELAXED);
    __asm__ volatile("dsb ishst\n\t"
                     "isb"
                     :
                     :
                     : "memory");
}

static uint64_t table_entry(const uint64_t *table)
{
    return (uint64_t)table | PTE_TABLE;
}

static void map_block(uint64_t *entry, uint64_t address, uint64_t size)
{
    if (*entry == 0)
        set_entry(entry, (address & ~(size - 1)) | PTE_BLOCK | PTE_DATA);
}

/* The table of the first GiB comes with its first entry. */
static void show_first_gib(void)
{
    if (arm64_level1[0] == 0)
        set_entry(&arm64_level1[0], table_entry(low_level2));
}

int arm64_map(uint64_t address)
{
    const uint64_t gib = address >> LEVEL1_SHIFT;
    const uint64_t index = address >> LEVEL2_SHIFT & (TABLE_ENTRIES - 1);

    if (gib >= TABLE_ENTRIES)
        return -XEN_EINVAL;
    if (gib == 0) {
        show_first_gib();
        /* Page 0 is not mapped, nor what is near it. */
        if (index == 0)
            return -XEN_EINVAL;
        map_block(&low_level2[index], address, LARGE_SIZE);
    } else if (gib == IMAGE_GIB) {
        map_block(&arm64_level2[index], address, LARGE_SIZE);
    } else {
        map_block(&arm64_level1[gib], address, GIB);
    }
    return 0;
}

static int map_range(uint64_t start, uint64_t end)
{
    uint64_t step;
    int error = 0;

    for (uint64_t at = start; error == 0 && at < end; at += step) {
        step = at >> LEVEL1_SHIFT <= IMAGE_GIB ? LARGE_SIZE : GIB;
        step -= at & (step - 1);
        error = arm64_map(at);
    }
    return error;
}

/* --- spare pages ---------------------------------------------------------- */

/* In order of their frames. The image and the tree can each part one. */
#define SPARE_MAX (ARM64_BANK_MAX + 2)

struct frames {
    xen_pfn_t first, end;
};

static struct frames spare[SPARE_MAX];
static unsigned int spare_count;
static uint64_t pages_away; /* spare pages that are with Xen, the last ones */

static void add_spare(xen_pfn_t first, xen_pfn_t end)
{
    if (first < end && spare_count < SPARE_MAX)
        spare[spare_count++] = (struct frames){.first = first, .end = end};
}

/* The frames of a bank, without those that are kept, which are in order. */
static void add_bank(xen_pfn_t first, xen_pfn_t end,
                     const struct frames kept[2])
{
    for (unsigned int i = 0; i < 2; i++) {
        if (kept[i].end <= first || kept[i].first >= end)
            continue;
        add_spare(first, kept[i].first);
        first = kept[i].end;
    }
    add_spare(first, end);
}

static struct frames frames_of(uint64_t start, uint64_t end)
{
    return (struct frames){
        .first = start >> PAGE_SHIFT,
        .end = (end + PAGE_SIZE - 1) >> PAGE_SHIFT,
    };
}

int arm64_use_ram(const struct arm64_tree *tree, uint64_t tree_address)
{
    const struct frames image =
        frames_of((uint64_t)arm64_image, (uint64_t)arm64_image_end);
    const struct frames tree_frames =
        frames_of(tree_address, tree_address + tree->size);
    const bool image_first = image.first < tree_frames.first;
    const struct frames kept[2] = {image_first ? image : tree_frames,
                                   image_first ? tree_frames : image};
    int error = 0;

    for (unsigned int i = 0; error == 0 && i < tree->bank_count; i++) {
        const uint64_t start = tree->banks[i].start;
        const uint64_t end =
            MIN(start + tree->banks[i].size, UINT64_C(1) << ADDRESS_BITS);

        if (start >= end)
            continue;
        error = map_range(start, end);
        add_bank((start + PAGE_SIZE - 1) >> PAGE_SHIFT, end >> PAGE_SHIFT,
                 kept);
    }
    return error;
}

static uint64_t spare_in_all(void)
{
    uint64_t pages = 0;

    for (unsigned int i = 0; i < spare_count; i++)
        pages += spare[i].end - spare[i].first;
    return pages;
}

uint64_t arch_pages_left(void)
{
    return spare_in_all() - pages_away;
}

/* Xen gives all pages before a guest starts: it populates none on demand. */
uint64_t arch_spare_pages(void)
{
    return arch_pages_left();
}

/* The frame of a spare page; *together becomes the number of pages from this
 * one on whose frames follow one another. */
static xen_pfn_t spare_frame(uint64_t page, uint64_t *together)
{
    for (unsigned int i = 0; i < spare_count; i++) {
        const uint64_t count = spare[i].end - spare[i].first;

        if (page < count) {
            *together = count - page;
            return spare[i].first + page;
        }
        page -= count;
    }
    kernel_panic("memory: there is no such spare page");
}

/* --- the window ----------------------------------------------------------- */

/* In the first GiB, below all that Xen puts there for a guest. */
#define WINDOW (2 * LARGE_SIZE)

/* Arm ARM (DDI 0487) D8.14: an entry becomes 0, and the CPUs forget it, before
 * it shows another page. */
static void close_window(void)
{
    for (unsigned int i = 0; i < ARCH_WINDOW_PAGES; i++)
        __atomic_store_n(&window_table[i], 0, __ATOMIC_RELAXED);
    __asm__ volatile("dsb ishst\n\t"
                     "tlbi vmalle1is\n\t"
                     "dsb ish\n\t"
                     "isb"
                     :
                     :
                     : "memory");
}

/* Pages whose frames follow one another are shown where they are. Others, at
 * the end of a bank or beside the image or the tree, need the window. */
void *arch_show_spare_pages(uint64_t first, unsigned int count)
{
    uint64_t together;
    const xen_pfn_t frame = spare_frame(first, &together);
    uint64_t *entry = &low_level2[WINDOW >> LEVEL2_SHIFT];

    if (together >= count)
        return (void *)(frame << PAGE_SHIFT);
    show_first_gib();
    close_window();
    for (unsigned int i = 0; i < count; i++)
        set_entry(&window_table[i],
                  spare_frame(first + i, &together) << PAGE_SHIFT | PTE_PAGE |
                      PTE_DATA);
    if (*entry == 0)
        set_entry(entry, table_entry(window_table));
    return (void *)WINDOW;
}

/* --- the balloon ---------------------------------------------------------- */

unsigned int arch_give_pages(unsigned int count, uint64_t keep)
{
    const uint64_t left = arch_pages_left();
    uint64_t together;

    count = (unsigned int)MIN(count, left - MIN(left, keep));
    for (unsigned int i = 0; i < count; i++)
        common_balloon_frames[i] = spare_frame(left - 1 - i, &together);
    if (count > 0)
        count = common_balloon(XENMEM_decrease_reservation,
                               common_balloon_frames, count);
    pages_away += count;
    return count;
}

unsigned int arch_take_pages(unsigned int count, uint64_t wanted)
{
    const uint64_t left = arch_pages_left();
    uint64_t together;

    (void)wanted;
    count = (unsigned int)MIN(count, pages_away);
    for (unsigned int i = 0; i < count; i++)
        common_balloon_frames[i] = spare_frame(left + i, &together);
    if (count > 0)
        count = common_balloon(XENMEM_populate_physmap, common_balloon_frames,
                               count);
    pages_away -= count;
    return count;
}

/* Where Xen does not tell the maximum, the domain may have more. */
bool arch_may_take_pages(void)
{
    const uint64_t most = common_pages_most();

    return pages_away > 0 && (most == 0 || common_pages_given() < most);
}
