/* SPDX-License-Identifier: MIT */
/*
 * pv_protect - memory protection of a paravirtualised guest.
 *
 * The domain builder maps everything writable and executable. Each page table
 * entry that Xen changes costs it 1 us. So execution is forbidden for whole
 * large pages: the text is shown elsewhere, by the table that the builder made
 * for the p2m (entry_pv.S), and is unmapped where the builder put it.
 *
 * At boot this is done for the early text (early.ld). The late text is data at
 * first: it cannot be executed. The first fault shows it.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/sched.h>

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

/* The next update: an entry of the table that `leads_to_table` leads to. */
static struct mmu_update *change(struct mmu_update *next,
                                 uint64_t leads_to_table, unsigned long index,
                                 uint64_t value)
{
    *next = (struct mmu_update){
        .ptr = (leads_to_table & PTE_FRAME) + index * sizeof(value),
        .val = value,
    };
    return next + 1;
}

/* The same, of the table that shows this page. */
static struct mmu_update *change_page(struct mmu_update *next,
                                      uint64_t leads_to_table, const void *page,
                                      uint64_t value)
{
    return change(next, leads_to_table,
                  (unsigned long)page % PV_TABLE_COVERS / PAGE_SIZE, value);
}

/* Forbid the execution of what an entry of the directory shows. In the PVH shim
 * Xen itself builds the domain, and shows a p2m by large pages where it fills
 * them; no guest can change these. */
static struct mmu_update *forbid(struct mmu_update *next, unsigned long index,
                                 uint64_t value)
{
    if ((value & PTE_LARGE) != 0)
        return next;
    return change(next, pv_directory(), index, value | x86_no_execute);
}

static int carry_out_updates(const struct mmu_update *first,
                             const struct mmu_update *end)
{
    return (int)x86_hypercall(__HYPERVISOR_mmu_update, (unsigned long)first,
                              (unsigned long)(end - first), 0, DOMID_SELF, 0);
}

/* Entries of the directory. */
#define TEXT_INDEX  0UL
#define IMAGE_INDEX (VIRTUAL_OFFSET / PV_TABLE_COVERS)

/* Where the builder put this part of the text. */
static const char *built(const char *text)
{
    return text + VIRTUAL_OFFSET;
}

int pv_protect_memory(void)
{
    /* Nothing else uses the padding yet. */
    struct mmu_update *const first = (struct mmu_update *)pv_padding();
    struct mmu_update *next = first;
    const uint64_t *directory = pv_table_of(pv_directory());
    const char *page = built((const char *)LOAD_ADDRESS);

    find_no_execute();
    for (; page < x86_data; page += PAGE_SIZE) {
        if (page < built(x86_late_text))
            next = change_page(next, directory[IMAGE_INDEX], page, 0);
        else if (page >= x86_constants)
            next = change_page(next, directory[IMAGE_INDEX], page,
                               pv_machine_frame(page) << PAGE_SHIFT | PTE_READ);
    }
    next = forbid(next, IMAGE_INDEX, directory[IMAGE_INDEX]);
    next = change(next, directory[TEXT_INDEX], PV_P2M_INDEX,
                  pv_text_table[PV_P2M_INDEX] | x86_no_execute);
    for (unsigned long i = 1; i < IMAGE_INDEX && directory[i] != 0; i++)
        next = forbid(next, i, directory[i]);
    return carry_out_updates(first, next);
}

/* --- the late text -------------------------------------------------------- */

bool pv_late_text_shown;

/*
 * The page in which text ends holds constants, too: it stays where the builder
 * put it, and is read-only there. The CPU may remember that the other pages
 * could be written there. Only vCPU 0 runs yet.
 */
void pv_show_late_text(void)
{
    struct mmu_update updates[2 * LATE_TEXT_MAX], *next = updates;
    const uint64_t *directory = pv_table_of(pv_directory());
    const char *page = built(x86_late_text);
    int error;

    if (pv_late_text_shown)
        return;
    pv_late_text_shown = true; /* first: a fault in here is not for this */
    for (; page < built(x86_text_end); page += PAGE_SIZE) {
        next = change_page(next, directory[TEXT_INDEX], page - VIRTUAL_OFFSET,
                           pv_machine_frame(page) << PAGE_SHIFT | PTE_READ);
        if (page < x86_constants)
            next = change_page(next, directory[IMAGE_INDEX], page, 0);
    }
    error = carry_out_updates(updates, next);
    if (error == 0)
        error = pv_unmap_and_flush(built(x86_late_text));
    if (error != 0)
        arch_stop(SHUTDOWN_crash); /* even a panic would need that text */
}
