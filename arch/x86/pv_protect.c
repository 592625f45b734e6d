/* SPDX-License-Identifier: MIT */
/*
 * pv_protect - memory protection of a paravirtualised guest.
 *
 * The domain builder maps everything writable and executable. Each page table
 * entry that Xen changes costs it 1 us. So execution is forbidden for whole
 * large pages: the text is shown elsewhere, by the table that the builder made
 * for the p2m (entry_pv.S), and is unmapped where the builder put it.
 */
#include <stdint.h>

#include <xen/xen.h>

#include "arch/arch.h"
#include "arch/x86/pv.h"
#include "arch/x86/x86.h"

/* Ask the CPU itself: it does not matter here what Xen hides of it. */
static void find_no_execute(void)
{
    uint32_t eax = CPUID_EXTENDED_FEATURES, ebx, ecx = 0, edx;

    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if ((edx & CPUID_EDX_NX) != 0)
        x86_no_execute = (uint64_t)PTE_NX << 32;
}

/* Nothing else uses the padding yet. */
static struct mmu_update *updates(void)
{
    return (struct mmu_update *)pv_padding();
}

/* Change an entry of the table that `leads_to_table` leads to. The result is
 * the new number of updates. */
static unsigned int change(unsigned int count, uint64_t leads_to_table,
                           unsigned long index, uint64_t value)
{
    updates()[count] = (struct mmu_update){
        .ptr = (leads_to_table & PTE_FRAME) + index * sizeof(value),
        .val = value,
    };
    return count + 1;
}

/* Forbid the execution of what an entry of the directory shows. In the PVH shim
 * Xen itself builds the domain, and shows a p2m by large pages where it fills
 * them; no guest can change these. */
static unsigned int forbid(unsigned int count, unsigned long index,
                           uint64_t value)
{
    if ((value & PTE_LARGE) != 0)
        return count;
    return change(count, pv_directory(), index, value | x86_no_execute);
}

static unsigned long index_in_table(const void *page)
{
    return (unsigned long)page % PV_TABLE_COVERS / PAGE_SIZE;
}

int pv_protect_memory(void)
{
    const uint64_t *directory = pv_table_of(pv_directory());
    const unsigned long image = VIRTUAL_OFFSET / PV_TABLE_COVERS;
    const char *page = (const char *)VIRTUAL_OFFSET + LOAD_ADDRESS;
    unsigned int count = 0;

    find_no_execute();
    for (; page < x86_constants; page += PAGE_SIZE)
        count = change(count, directory[image], index_in_table(page), 0);
    for (; page < x86_data; page += PAGE_SIZE)
        count = change(count, directory[image], index_in_table(page),
                       pv_machine_frame(page) << PAGE_SHIFT | PTE_READ);
    count = forbid(count, image, directory[image]);
    count = change(count, directory[0], PV_P2M_INDEX,
                   pv_text_table[PV_P2M_INDEX] | x86_no_execute);
    for (unsigned long i = 1; i < image && directory[i] != 0; i++)
        count = forbid(count, i, directory[i]);
    return (int)x86_hypercall(__HYPERVISOR_mmu_update, (unsigned long)updates(),
                              count, 0, DOMID_SELF, 0);
}
