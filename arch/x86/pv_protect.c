/* SPDX-License-Identifier: MIT */
/*
 * pv_protect - memory protection of a paravirtualised guest.
 *
 * The domain builder maps everything writable and executable, and each entry of
 * a page table that Xen changes costs it 1 us. So execution is forbidden in
 * whole large pages: text is shown elsewhere (entry_pv.S), and nothing of it is
 * left where the builder put it.
 */
#include <stdint.h>

#include <xen/xen.h>

#include "arch/arch.h"
#include "arch/x86/pv.h"
#include "arch/x86/x86.h"

/* The CPU itself is asked: what Xen hides of it does not matter for this. */
static void find_no_execute(void)
{
    uint32_t eax = CPUID_EXTENDED_FEATURES, ebx, ecx = 0, edx;

    __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    if ((edx & CPUID_EDX_NX) != 0)
        x86_no_execute = (uint64_t)PTE_NX << 32;
}

/* Nobody uses the padding yet. */
static struct mmu_update *updates(void)
{
    return (struct mmu_update *)pv_padding();
}

/* An entry of the table that `leads_to_table` leads to; the result is how many
 * updates there are then. */
static unsigned int change(unsigned int count, uint64_t leads_to_table,
                           unsigned long index, uint64_t value)
{
    updates()[count] = (struct mmu_update){
        .ptr = (leads_to_table & PTE_FRAME) + index * sizeof(value),
        .val = value,
    };
    return count + 1;
}

static unsigned int unmap(unsigned int count, uint64_t leads_to_table,
                          unsigned long first, const char *end)
{
    for (; first < (unsigned long)end; first += PAGE_SIZE)
        count = change(count, leads_to_table,
                       first % PV_TABLE_COVERS / PAGE_SIZE, 0);
    return count;
}

int pv_protect_memory(void)
{
    const unsigned long builders_text = VIRTUAL_OFFSET + LOAD_ADDRESS;
    const uint64_t *directory = pv_table_of(pv_directory());
    unsigned long index = VIRTUAL_OFFSET / PV_TABLE_COVERS;
    struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};
    unsigned int count;
    int error;

    find_no_execute();
    count = unmap(0, directory[index], builders_text, x86_data);
    count = unmap(count, directory[index], (unsigned long)x86_guard, x86_stack);
    /* A larger VM has more than one. */
    for (; (directory[index] & PTE_PRESENT) != 0; index++)
        count = change(count, pv_directory(), index,
                       directory[index] | x86_no_execute);
    error =
        (int)x86_hypercall(__HYPERVISOR_mmu_update, (unsigned long)updates(),
                           count, 0, DOMID_SELF, 0);
    if (error != 0)
        return error;
    return (int)x86_hypercall(__HYPERVISOR_mmuext_op, (unsigned long)&flush, 1,
                              0, DOMID_SELF, 0);
}
