/* SPDX-License-Identifier: MIT */
/*
 * pvh - how a guest in a hardware container does what guest_ops.h lists.
 *
 * The CPU and the page tables are our own (entry_pvh.S). A hypercall asks Xen
 * for what Xen keeps: parameters and the physical memory map.
 */
#include <stdint.h>

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#include <xen/hvm/hvm_vcpu.h>

#include "arch/arch.h"
#include "arch/x86/guest_ops.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"
#include "lib/error.h"

#define LARGE_SHIFT 21
#define HIGH_BASE   0xc0000000UL

/* entry_pvh.S; each entry of the high directory shows 2 MiB, from
 * HIGH_BASE up. */
extern uint64_t pvh_high_directory[PVH_TABLE_ENTRIES];

/*
 * Frame numbers at which Xen puts pages of its own, from frames_for_xen up. No
 * RAM has these numbers: to put a page over RAM would split a superpage of
 * Xen's page table (224 us under emulation). They are in the 2 MiB of the
 * store's ring, for which the builder has already made small entries.
 */
static xen_pfn_t frames_for_xen;
#define OFFSET_FOR_XEN    0x100 /* from the first frame of these 2 MiB */
#define PLACE_SHARED_INFO 0
#define PLACE_GRANTS      1

/* What CPUID told entry_pvh.S. */
uint32_t pvh_extended_features;

/*
 * A CPU with SVM repeats the features of leaf 1 in this leaf, with the FPU
 * first; a CPU with VT-x does not (AMD APM vol. 3 E.4.2; Xen's
 * recalculate_misc() keeps to it). CPUID for the vendor's name would take 12
 * us.
 */
static void pvh_enable_hypercalls(void)
{
    x86_hypercall = (pvh_extended_features & CPUID_EDX_REPEATED) != 0
                        ? x86_vmmcall
                        : x86_vmcall;
    x86_to_view = PVH_VIEW - VIRTUAL_OFFSET;
}

/* entry_pvh.S has already protected the memory. */
static int pvh_protect_memory(void)
{
    return 0;
}

/* Map a page between 3 and 4 GiB, where the builder puts the pages
 * that Xen shares. */
static int map_high_frame(xen_pfn_t frame, void **page)
{
    unsigned long address = frame << PAGE_SHIFT;
    unsigned long index = (address - HIGH_BASE) >> LARGE_SHIFT;

    if (address < HIGH_BASE || index >= PVH_TABLE_ENTRIES)
        return -XEN_EINVAL;
    pvh_high_directory[index] =
        (address & ~((1UL << LARGE_SHIFT) - 1)) | PTE_LARGE | x86_data_flags();
    x86_tables_written();
    *page = (void *)address;
    return 0;
}

enum {
    CONSOLE_FRAME,
    CONSOLE_PORT,
    STORE_FRAME,
    STORE_PORT
};

/* The HVM parameters: entry_pvh.S asks Xen for them at boot. */
struct xen_hvm_param pvh_parameters[PVH_PARAMETERS];
const uint8_t pvh_parameter_numbers[] = {
    [CONSOLE_FRAME] = HVM_PARAM_CONSOLE_PFN,
    [CONSOLE_PORT] = HVM_PARAM_CONSOLE_EVTCHN,
    [STORE_FRAME] = HVM_PARAM_STORE_PFN,
    [STORE_PORT] = HVM_PARAM_STORE_EVTCHN,
};

_Static_assert(PVH_HVM_OP == __HYPERVISOR_hvm_op &&
                   PVH_GET_PARAM == HVMOP_get_param &&
                   PVH_PARAMETER_SIZE == sizeof(pvh_parameters[0]) &&
                   PVH_PARAMETERS == ARRAY_COUNT(pvh_parameter_numbers) &&
                   XEN_SELF == DOMID_SELF,
               "entry_pvh.S has the right numbers");

/* After a resume: a new domain has new parameters. */
static int get_parameters(void)
{
    int error = 0;

    for (unsigned int i = 0; error == 0 && i < PVH_PARAMETERS; i++)
        error = (int)x86_hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param,
                                   (unsigned long)&pvh_parameters[i], 0, 0, 0);
    return error;
}

static int find_ring(unsigned int frame, unsigned int port,
                     struct boot_ring *ring)
{
    ring->port = (evtchn_port_t)pvh_parameters[port].value;
    return map_high_frame(pvh_parameters[frame].value, &ring->page);
}

static int find_both_rings(struct boot *boot)
{
    int error = find_ring(CONSOLE_FRAME, CONSOLE_PORT, &boot->console);

    if (error == 0)
        error = find_ring(STORE_FRAME, STORE_PORT, &boot->store);
    if (error == 0) {
        xen_pfn_t store = (unsigned long)boot->store.page >> PAGE_SHIFT;

        frames_for_xen = (store & ~(PVH_TABLE_ENTRIES - 1)) + OFFSET_FOR_XEN;
    }
    return error;
}

static int pvh_read_boot_info(void *info, struct boot *boot)
{
    int error = pvh_read_start_info((uint64_t)info, boot);

    return error != 0 ? error : find_both_rings(boot);
}

/* Have Xen put a page of its own at this frame number (xen/memory.h,
 * XENMEM_add_to_physmap), and map that frame. */
static int add_to_physmap(unsigned int space, unsigned long index,
                          xen_pfn_t frame, void **page)
{
    struct xen_add_to_physmap request = {
        .domid = DOMID_SELF,
        .space = space,
        .idx = index,
        .gpfn = frame,
    };
    int error = common_memory_op(XENMEM_add_to_physmap, x86_for_xen(&request));

    return error != 0 ? error : map_high_frame(frame, page);
}

static int pvh_map_shared_info(struct shared_info **page)
{
    return add_to_physmap(XENMAPSPACE_shared_info, 0,
                          frames_for_xen + PLACE_SHARED_INFO, (void **)page);
}

static int pvh_map_grant_table(void **table)
{
    int error = 0;

    /* Downwards: the page mapped last is the first of the table. */
    for (unsigned int i = X86_GRANT_FRAMES; error == 0 && i-- > 0;)
        error = add_to_physmap(XENMAPSPACE_grant_table, i,
                               frames_for_xen + PLACE_GRANTS + i, table);
    return error;
}

static xen_pfn_t pvh_page_frame(const void *page)
{
    return x86_physical(page) >> PAGE_SHIFT;
}

/* Control registers and page tables are those of vCPU 0. The stack starts as
 * after a call. */
static int pvh_initialise_vcpu(unsigned int vcpu, const char *stack_top)
{
    const uint32_t efer = 0xc0000080;
    struct vcpu_hvm_context context = {.mode = VCPU_HVM_MODE_64B};
    struct vcpu_hvm_x86_64 *registers = &context.cpu_regs.x86_64;
    uint32_t low, high;

    __asm__("mov %%cr0, %0" : "=r"(registers->cr0));
    __asm__("mov %%cr3, %0" : "=r"(registers->cr3));
    __asm__("mov %%cr4, %0" : "=r"(registers->cr4));
    __asm__("rdmsr" : "=a"(low), "=d"(high) : "c"(efer));
    registers->efer = (uint64_t)high << 32 | low;
    registers->rip = (uint64_t)pvh_vcpu_entry;
    registers->rsp = (uint64_t)stack_top - sizeof(long);
    registers->rdi = vcpu;
    registers->rflags = 2; /* bit 1 is always 1; events are off */
    return x86_vcpu_op(VCPUOP_initialise, vcpu, &context);
}

/*
 * The tools set the return value of a suspend, which tells a cancellation from
 * a resume, only for a domain with a callback. A restore does not bring the
 * callback back, so the VM sets it before each suspend. How this is known:
 * docs/architecture.md, "Suspend and resume". The vector never arrives:
 * interrupts are off and ports masked.
 */
static int set_callback(void)
{
    const uint64_t vector = 0x20;
    struct xen_hvm_param parameter = {
        .domid = DOMID_SELF,
        .index = HVM_PARAM_CALLBACK_IRQ,
        .value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | vector,
    };

    return (int)x86_hypercall(__HYPERVISOR_hvm_op, HVMOP_set_param,
                              (unsigned long)x86_for_xen(&parameter), 0, 0, 0);
}

static int pvh_suspend(struct boot *boot)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_suspend};
    int result = set_callback();

    pvh_spare_before_suspend();
    if (result == 0)
        result = arch_sched_op(SCHEDOP_shutdown, &shutdown);
    if (result == ARCH_RESUMED &&
        (get_parameters() != 0 || find_both_rings(boot) != 0))
        kernel_panic("suspend: the rings are not found");
    return result;
}

/* Seen on Xen 4.17: the page has no wall clock until the callback is set. */
static int pvh_update_wall_clock(void)
{
    return set_callback();
}

const struct guest_ops pvh_ops = {
    .name = "pvh",
    .enable_hypercalls = pvh_enable_hypercalls,
    .load_traps = pvh_load_traps,
    .unload_traps = pvh_unload_traps,
    .read_boot_info = pvh_read_boot_info,
    .protect_memory = pvh_protect_memory,
    .map_shared_info = pvh_map_shared_info,
    .map_grant_table = pvh_map_grant_table,
    .page_frame = pvh_page_frame,
    .spare_pages_in_all = pvh_spare_pages_in_all,
    .spare_pages_missing = pvh_spare_pages_missing,
    .spare_pages = pvh_spare_pages,
    .show_spare_pages = pvh_show_spare_pages,
    .give_pages = pvh_give_pages,
    .take_pages = pvh_take_pages,
    .initialise_vcpu = pvh_initialise_vcpu,
    .suspend = pvh_suspend,
    .update_wall_clock = pvh_update_wall_clock,
    .fault_address = pvh_fault_address,
};
