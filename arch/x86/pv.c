/* SPDX-License-Identifier: MIT */
/*
 * pv - how a paravirtualised guest does what guest_ops.h lists.
 *
 * Xen owns the page tables and the CPU: mappings, traps and frames are asked
 * for. The initial mapping covers the image, so every page here is an existing
 * virtual page that gets another machine frame behind it.
 */
#include "arch/arch.h"
#include "arch/x86/guest_ops.h"
#include "arch/x86/x86.h"
#include "lib/error.h"

/* Virtual pages for frames that are not ours. */
static char shared_info_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char grant_pages[X86_GRANT_FRAMES * PAGE_SIZE]
    __attribute__((aligned(PAGE_SIZE)));

/* Pseudo-physical to machine frame, as the builder laid it out. */
static const xen_pfn_t *p2m;
static unsigned long shared_info_address;

static void *page_of_machine_frame(xen_pfn_t frame)
{
    const unsigned long *m2p = (const unsigned long *)MACH2PHYS_VIRT_START;

    return (void *)((m2p[frame] << PAGE_SHIFT) + VIRTUAL_OFFSET);
}

static int map_machine_frame(const void *page, xen_pfn_t frame)
{
    const unsigned long flags =
        PTE_PRESENT | PTE_WRITE | PTE_ACCESS | PTE_DIRTY;

    return (int)x86_hypercall(__HYPERVISOR_update_va_mapping,
                              (unsigned long)page, frame << PAGE_SHIFT | flags,
                              UVMF_INVLPG, 0, 0);
}

static void pv_enable_hypercalls(void)
{
    x86_hypercall = x86_syscall;
}

static int pv_load_traps(void)
{
    static struct trap_info table[TRAP_COUNT + 1]; /* the last one ends it */

    for (unsigned int i = 0; i < TRAP_COUNT; i++) {
        table[i].vector = (uint8_t)i;
        table[i].cs = FLAT_KERNEL_CS;
        table[i].address = (unsigned long)x86_trap_entries[i];
    }
    return (int)x86_hypercall(__HYPERVISOR_set_trap_table, (unsigned long)table,
                              0, 0, 0, 0);
}

static int pv_read_boot_info(const void *info, struct boot *boot)
{
    const struct start_info *start = info;

    p2m = (const xen_pfn_t *)start->mfn_list;
    shared_info_address = start->shared_info;
    boot->command_line = (const char *)start->cmd_line;
    boot->memory_kib = start->nr_pages * (PAGE_SIZE / 1024);
    boot->console.page = page_of_machine_frame(start->console.domU.mfn);
    boot->console.port = start->console.domU.evtchn;
    boot->store.page = page_of_machine_frame(start->store_mfn);
    boot->store.port = start->store_evtchn;
    return 0;
}

static int pv_map_shared_info(struct shared_info **page)
{
    *page = (struct shared_info *)shared_info_page;
    return map_machine_frame(shared_info_page,
                             shared_info_address >> PAGE_SHIFT);
}

static int pv_map_grant_table(void **table)
{
    xen_pfn_t frames[X86_GRANT_FRAMES];
    struct gnttab_setup_table setup = {
        .dom = DOMID_SELF,
        .nr_frames = X86_GRANT_FRAMES,
    };
    int error;

    set_xen_guest_handle(setup.frame_list, frames);
    error =
        (int)x86_hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table,
                           (unsigned long)&setup, 1, 0, 0);
    if (error == 0 && setup.status != GNTST_okay)
        error = -XEN_ENOMEM;
    for (unsigned int i = 0; error == 0 && i < X86_GRANT_FRAMES; i++)
        error = map_machine_frame(&grant_pages[i * PAGE_SIZE], frames[i]);
    *table = grant_pages;
    return error;
}

static xen_pfn_t pv_page_frame(const void *page)
{
    return p2m[x86_physical(page) >> PAGE_SHIFT];
}

static unsigned long pv_fault_address(void)
{
    const struct shared_info *shared = arch_shared_info();

    return shared ? shared->vcpu_info[0].arch.cr2 : 0;
}

const struct guest_ops pv_ops = {
    .name = "pv",
    .enable_hypercalls = pv_enable_hypercalls,
    .load_traps = pv_load_traps,
    .read_boot_info = pv_read_boot_info,
    .map_shared_info = pv_map_shared_info,
    .map_grant_table = pv_map_grant_table,
    .page_frame = pv_page_frame,
    .fault_address = pv_fault_address,
};
