/* SPDX-License-Identifier: MIT */
/*
 * pv - how a paravirtualised guest does what guest_ops.h lists.
 *
 * Xen owns the page tables and the CPU, so a hypercall asks for each mapping,
 * trap and frame. The initial mapping covers the image: every page here is a
 * virtual page that exists already, and gets another machine frame.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>
#include <xen/vcpu.h>

#include "arch/arch.h"
#include "arch/x86/guest_ops.h"
#include "arch/x86/pv.h"
#include "arch/x86/x86.h"
#include "lib/error.h"
#include "lib/string.h"

_Static_assert(PV_START_PT_BASE == offsetof(struct start_info, pt_base) &&
                   PV_START_MFN_LIST == offsetof(struct start_info, mfn_list) &&
                   PV_MACH2PHYS == MACH2PHYS_VIRT_START &&
                   XEN_SELF == DOMID_SELF &&
                   PV_MMU_UPDATE == __HYPERVISOR_mmu_update &&
                   PV_IRET == __HYPERVISOR_iret,
               "entry_pv.S has the right numbers");

/* Virtual pages for frames of Xen: PVH has page tables in these pages
 * (entry_pvh.S). */
extern char pv_shared_info_page[PAGE_SIZE];
extern char pv_grant_pages[X86_GRANT_FRAMES * PAGE_SIZE];

/* The builder's page; Xen's tools write it again when a domain resumes. */
static struct start_info *start;

static xen_pfn_t pseudo_physical_frame(xen_pfn_t machine)
{
    return ((const unsigned long *)MACH2PHYS_VIRT_START)[machine];
}

static void *page_of_machine_frame(xen_pfn_t machine)
{
    return (void *)((pseudo_physical_frame(machine) << PAGE_SHIFT) +
                    VIRTUAL_OFFSET);
}

static int set_mapping(const void *page, unsigned long entry,
                       unsigned long forget)
{
    return (int)x86_hypercall(__HYPERVISOR_update_va_mapping,
                              (unsigned long)page, entry, forget, 0, 0);
}

static uint64_t entry_for(xen_pfn_t frame)
{
    return frame << PAGE_SHIFT | x86_data_flags();
}

int pv_map_frame(const void *page, xen_pfn_t frame)
{
    return set_mapping(page, entry_for(frame), UVMF_INVLPG);
}

int pv_unmap(const void *page)
{
    return set_mapping(page, 0, UVMF_INVLPG);
}

int pv_unmap_and_flush(const void *page)
{
    return set_mapping(page, 0, UVMF_TLB_FLUSH);
}

const uint64_t *pv_top_table(void)
{
    return (const uint64_t *)start->pt_base;
}

const uint64_t *pv_table_of(uint64_t entry)
{
    return page_of_machine_frame((entry & PTE_FRAME) >> PAGE_SHIFT);
}

uint64_t pv_directory(void)
{
    return pv_table_of(pv_top_table()[0])[0];
}

/*
 * xen/xen.h, "Start-of-day memory layout": above the page tables lies the boot
 * stack, which nobody uses any more, and then 512 KiB that are mapped and
 * empty. Page tables, which may not be mapped writable, are all below. The
 * first half is for the lists of p2m frames; the window uses the addresses of
 * the second half.
 */
char *pv_padding(void)
{
    return (char *)(start->pt_base + start->nr_pt_frames * PAGE_SIZE);
}

static void pv_enable_hypercalls(void)
{
    x86_hypercall = x86_syscall;
}

/* Each vCPU has its own trap table; pv_initialise_vcpu() sets that of
 * another vCPU. */
static struct trap_info trap(unsigned int vector, const char *address)
{
    return (struct trap_info){
        .vector = (uint8_t)vector,
        .cs = FLAT_KERNEL_CS,
        .address = (unsigned long)address,
    };
}

static const char *trap_entry(unsigned int vector)
{
    switch (vector) {
    case X86_NMI_VECTOR:
        return x86_nmi_pv;
    case X86_PAGE_FAULT_VECTOR:
        return x86_page_fault_pv;
    default:
        return x86_trap_entries[vector];
    }
}

static int pv_load_traps(void)
{
    static struct trap_info table[TRAP_COUNT + 1]; /* the last one ends it */
    /* Xen's own vectors: double fault, machine check, and reserved ones. */
    const unsigned long xens_own = 0x48300;
    struct trap_info *next = table;

    for (unsigned int i = 0; i < TRAP_COUNT; i++) {
        if ((xens_own >> i & 1) != 0)
            continue;
        *next++ = trap(i, trap_entry(i));
    }
    return (int)x86_hypercall(__HYPERVISOR_set_trap_table, (unsigned long)table,
                              0, 0, 0, 0);
}

static void pv_unload_traps(void)
{
    pv_show_late_text();
    (void)x86_hypercall(__HYPERVISOR_set_trap_table, 0, 0, 0, 0, 0);
}

static void find_rings(struct boot *boot)
{
    boot->console.page = page_of_machine_frame(start->console.domU.mfn);
    boot->console.port = start->console.domU.evtchn;
    boot->store.page = page_of_machine_frame(start->store_mfn);
    boot->store.port = start->store_evtchn;
}

static int pv_read_boot_info(void *info, struct boot *boot)
{
    start = info;
    boot->command_line = (const char *)start->cmd_line;
    boot->command_line_cut =
        strlen(boot->command_line) == MAX_GUEST_CMDLINE - 1;
    pv_p2m_start(start);
    boot->memory_kib = start->nr_pages * (PAGE_SIZE / 1024);
    find_rings(boot);
    return 0;
}

/* The TLB flush also drops, at boot, the old mappings that pv_protect_memory()
 * has changed. */
static int pv_map_shared_info(struct shared_info **page)
{
    int error = set_mapping(pv_shared_info_page,
                            entry_for(start->shared_info >> PAGE_SHIFT),
                            UVMF_TLB_FLUSH);

    *page = (struct shared_info *)pv_shared_info_page;
    if (error == 0)
        pv_publish_p2m();
    return error;
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
        error = pv_map_frame(&pv_grant_pages[i * PAGE_SIZE], frames[i]);
    *table = pv_grant_pages;
    return error;
}

static xen_pfn_t pv_page_frame(const void *page)
{
    return pv_machine_frame(page);
}

/* The stack starts as after a call; nobody reads the return address. */
static int pv_initialise_vcpu(unsigned int vcpu, const char *stack_top)
{
    struct vcpu_guest_context context;

    pv_show_late_text();                  /* another vCPU handles no fault */
    memset(&context, 0, sizeof(context)); /* 5 KiB */
    context.flags = VGCF_in_kernel;
    context.trap_ctxt[X86_NMI_VECTOR] = trap(X86_NMI_VECTOR, x86_nmi_pv);
    context.user_regs.rip = (unsigned long)kernel_vcpu;
    context.user_regs.rsp = (unsigned long)stack_top - sizeof(long);
    context.user_regs.rdi = vcpu;
    context.user_regs.cs = FLAT_KERNEL_CS;
    context.user_regs.ss = FLAT_KERNEL_SS;
    context.kernel_ss = FLAT_KERNEL_SS;
    context.kernel_sp = context.user_regs.rsp;
    context.ctrlreg[3] = pv_machine_frame((const void *)start->pt_base)
                         << PAGE_SHIFT;
    return x86_vcpu_op(VCPUOP_initialise, vcpu, &context);
}

/*
 * Give the pages that show frames of Xen their own frames back: the tools do
 * not save a page table that leads to frames of another domain.
 */
static int unmap_frames_of_xen(void)
{
    int error = pv_map_frame(pv_shared_info_page,
                             pv_machine_frame(pv_shared_info_page));

    for (unsigned int i = 0; error == 0 && i < X86_GRANT_FRAMES; i++) {
        const char *page = &pv_grant_pages[i * PAGE_SIZE];

        error = pv_map_frame(page, pv_machine_frame(page));
    }
    return error;
}

/*
 * xen/sched.h, SCHEDOP_shutdown: the third argument is the frame of start info,
 * in which the tools look for the rings by pseudo-physical frames. On a restore
 * the tools write to nr_pages how many frames they knew of. After anything else
 * than a resume, the machine frames of the rings are put back.
 */
static int pv_suspend(struct boot *boot)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_suspend};
    xen_pfn_t shared_info = start->shared_info >> PAGE_SHIFT;
    xen_pfn_t store = start->store_mfn, console = start->console.domU.mfn;
    int result;

    pv_publish_p2m_lists();
    start->nr_pages = pv_p2m_count();
    start->store_mfn = pseudo_physical_frame(store);
    start->console.domU.mfn = pseudo_physical_frame(console);
    result = unmap_frames_of_xen();
    if (result == 0)
        result = pv_p2m_hide();
    if (result == 0)
        result = (int)x86_hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
                                    (unsigned long)&shutdown,
                                    pv_machine_frame(start), 0, 0);
    boot->pages_lost = pv_p2m_show(start->nr_pages);
    if (result == ARCH_RESUMED) {
        find_rings(boot);
        return ARCH_RESUMED;
    }
    start->store_mfn = store;
    start->console.domU.mfn = console;
    if (pv_map_frame(pv_shared_info_page, shared_info) != 0)
        kernel_panic("suspend: shared info is not mapped");
    pv_publish_p2m();
    return result;
}

static int pv_update_wall_clock(void)
{
    return 0;
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
    .unload_traps = pv_unload_traps,
    .read_boot_info = pv_read_boot_info,
    .protect_memory = pv_protect_memory,
    .map_shared_info = pv_map_shared_info,
    .map_grant_table = pv_map_grant_table,
    .page_frame = pv_page_frame,
    .spare_pages_in_all = pv_spare_pages_in_all,
    .spare_pages_missing = pv_spare_pages_missing,
    .spare_pages = pv_spare_pages,
    .show_spare_pages = pv_show_spare_pages,
    .give_pages = pv_give_pages,
    .take_pages = pv_take_pages,
    .initialise_vcpu = pv_initialise_vcpu,
    .suspend = pv_suspend,
    .update_wall_clock = pv_update_wall_clock,
    .fault_address = pv_fault_address,
};
