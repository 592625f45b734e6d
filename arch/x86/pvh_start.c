/* SPDX-License-Identifier: MIT */
/*
 * pvh_start - what the domain builder tells a guest in a hardware container.
 *
 * xen/arch-x86/hvm/start_info.h. The builder is trusted: without a true memory
 * map no guest can go on. What it left is read where it lies, and kept.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/arch-x86/hvm/start_info.h>

#include "arch/arch.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"
#include "lib/error.h"
#include "lib/string.h"

static const struct hvm_start_info *start;

/* What lies at a physical address (entry_pvh.S); only what the builder left. */
static const void *physical(uint64_t address)
{
    return (const void *)(PVH_PHYSICAL + address);
}

static const struct hvm_memmap_table_entry *memory_map(void)
{
    return physical(start->memmap_paddr);
}

static uint32_t memory_map_count(void)
{
    return start->version >= 1 ? start->memmap_entries : 0;
}

/* The frames of an entry of the memory map; none if it is not RAM. */
static void ram_range(uint32_t index, xen_pfn_t *first, xen_pfn_t *end)
{
    const struct hvm_memmap_table_entry *entry = &memory_map()[index];

    *first = entry->addr >> PAGE_SHIFT;
    *end = entry->type == XEN_HVM_MEMMAP_TYPE_RAM
               ? (entry->addr + entry->size) >> PAGE_SHIFT
               : *first;
}

uint64_t pvh_ram_pages_below(xen_pfn_t limit)
{
    xen_pfn_t first, end;
    uint64_t pages = 0;

    for (uint32_t i = 0; i < memory_map_count(); i++) {
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

    for (uint32_t i = 0; i < memory_map_count(); i++) {
        ram_range(i, &first, &end);
        if (page < end - first)
            break;
        page -= end - first;
    }
    return first + page;
}

int pvh_read_start_info(uint64_t address, struct boot *boot)
{
    start = physical(address);
    if (start->magic != XEN_HVM_START_MAGIC_VALUE)
        return -XEN_EINVAL;
    boot->command_line =
        start->cmdline_paddr ? physical(start->cmdline_paddr) : "";
    boot->memory_kib = pvh_ram_pages() * (PAGE_SIZE / 1024);
    boot->memory_is_maximum = true;
    return 0;
}

static unsigned long highest(unsigned long end, uint64_t address, size_t size)
{
    return address + size > end ? address + size : end;
}

xen_pfn_t pvh_kept_end(void)
{
    unsigned long end = x86_physical(x86_image_end);

    end = highest(end, (unsigned long)start - PVH_PHYSICAL, sizeof(*start));
    end = highest(end, start->memmap_paddr,
                  start->memmap_entries * sizeof(*memory_map()));
    if (start->cmdline_paddr)
        end = highest(end, start->cmdline_paddr,
                      strlen(physical(start->cmdline_paddr)) + 1);
    return (end + PAGE_SIZE - 1) >> PAGE_SHIFT;
}
