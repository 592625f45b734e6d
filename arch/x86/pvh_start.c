/* SPDX-License-Identifier: MIT */
/*
 * pvh_start - the start info that the domain builder leaves for a PVH guest.
 *
 * xen/arch-x86/hvm/start_info.h. The builder is trusted: without a true memory
 * map no guest can go on. The start info is read in place, anywhere in the
 * domain's memory, and kept.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include <xen/arch-x86/hvm/start_info.h>

#include "arch/arch.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"
#include "lib/error.h"

/* Places in the window, by page number, and how many pages of it show each
 * thing that the builder left. The image is above them. */
#define INFO_PLACE 0
#define INFO_PAGES 2 /* may cross a page boundary */
#define MAP_PLACE  (INFO_PLACE + INFO_PAGES)
#define MAP_PAGES  2
#define LINE_PLACE (MAP_PLACE + MAP_PAGES)
#define LINE_PAGES 252

_Static_assert(PVH_WINDOW + (LINE_PLACE + LINE_PAGES) * PAGE_SIZE <=
                   VIRTUAL_OFFSET,
               "the image is above them");

/* An entry of Xen's memory map. The builder's entry has an unused
 * field behind it. */
struct range {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed));

_Static_assert(offsetof(struct range, type) ==
                   offsetof(struct hvm_memmap_table_entry, type),
               "a range is the start of an entry");

/* The most entries that surely fit into two pages, wherever in the first
 * page they begin. */
#define MAP_MAX      (PAGE_SIZE / sizeof(struct hvm_memmap_table_entry))
#define XENS_MAP_MAX 16

static struct {
    const char *ranges;
    uint32_t count;
    size_t step;
} map;

/* The first address above all that is kept. */
static uint64_t kept_end;

static void keep(uint64_t end)
{
    kept_end = MAX(kept_end, end);
}

/* Map pages at this place of the window, read-only. */
static void show(unsigned int place, uint64_t address, unsigned int pages)
{
    for (unsigned int i = 0; i < pages; i++)
        pvh_window_table[place + i] =
            ((address & ~(PAGE_SIZE - 1)) + i * PAGE_SIZE) | PTE_READ |
            x86_no_execute;
    x86_tables_written();
}

/* The virtual address at which the window shows `address`. */
static const char *shown(unsigned int place, uint64_t address)
{
    return (const char *)PVH_WINDOW + place * PAGE_SIZE +
           (address & (PAGE_SIZE - 1));
}

/* Some builders, such as XenServer's, give the memory map to Xen alone. */
static void ask_for_memory_map(void)
{
    static struct range ranges[XENS_MAP_MAX];
    struct xen_memory_map request = {.nr_entries = XENS_MAP_MAX};

    set_xen_guest_handle(request.buffer, ranges);
    map.count = common_memory_op(XENMEM_memory_map, &request) == 0
                    ? request.nr_entries
                    : 0;
    map.ranges = (const char *)ranges;
    map.step = sizeof(ranges[0]);
}

static void find_memory_map(const struct hvm_start_info *start)
{
    const uint64_t address = start->memmap_paddr;

    if (start->version == 0 || start->memmap_entries == 0) {
        ask_for_memory_map();
        return;
    }
    show(MAP_PLACE, address, MAP_PAGES);
    map.ranges = shown(MAP_PLACE, address);
    map.count = (uint32_t)MIN(start->memmap_entries, MAP_MAX);
    map.step = sizeof(struct hvm_memmap_table_entry);
    keep(address + map.count * map.step);
}

/*
 * Each page is mapped when the line reaches it. A line that is longer than the
 * window is not obeyed at all: `testing=?` makes the kernel refuse it as cut.
 */
static void find_command_line(uint64_t address, struct boot *boot)
{
    const char *at = shown(LINE_PLACE, address);
    unsigned int pages = 0;

    boot->command_line = address != 0 ? at : "";
    if (address == 0)
        return;
    do {
        if (pages == 0 || ((unsigned long)at & (PAGE_SIZE - 1)) == 0) {
            if (pages == LINE_PAGES) {
                boot->command_line = "testing=?";
                boot->command_line_cut = true;
                return;
            }
            show(LINE_PLACE + pages, address + pages * PAGE_SIZE, 1);
            pages++;
        }
    } while (*at++ != '\0');
    keep(address + (uint64_t)(at - boot->command_line));
}

int pvh_read_start_info(uint64_t address, struct boot *boot)
{
    const struct hvm_start_info *start =
        (const void *)shown(INFO_PLACE, address);

    show(INFO_PLACE, address, INFO_PAGES);
    if (start->magic != XEN_HVM_START_MAGIC_VALUE)
        return -XEN_EINVAL;
    kept_end = x86_physical(x86_image_end);
    find_memory_map(start);
    find_command_line(start->cmdline_paddr, boot);
    boot->memory_kib = pvh_ram_pages() * (PAGE_SIZE / 1024);
    boot->memory_is_maximum = true;
    return 0;
}

xen_pfn_t pvh_kept_end(void)
{
    return (kept_end + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* The frames of an entry of the memory map; none if it is not RAM. */
static void ram_range(uint32_t index, xen_pfn_t *first, xen_pfn_t *end)
{
    const struct range *range =
        (const struct range *)(map.ranges + index * map.step);

    *first = range->address >> PAGE_SHIFT;
    *end = range->type == XEN_HVM_MEMMAP_TYPE_RAM
               ? (range->address + range->size) >> PAGE_SHIFT
               : *first;
}

uint64_t pvh_ram_pages_below(xen_pfn_t limit)
{
    xen_pfn_t first, end;
    uint64_t pages = 0;

    for (uint32_t i = 0; i < map.count; i++) {
        ram_range(i, &first, &end);
        pages += MIN(end, limit) - MIN(first, limit);
    }
    return pages;
}

uint64_t pvh_ram_pages(void)
{
    return pvh_ram_pages_below(UINT64_MAX);
}

xen_pfn_t pvh_ram_frame(uint64_t page)
{
    xen_pfn_t first = 0, end;

    for (uint32_t i = 0; i < map.count; i++) {
        ram_range(i, &first, &end);
        if (page < end - first)
            break;
        page -= end - first;
    }
    return first + page;
}
