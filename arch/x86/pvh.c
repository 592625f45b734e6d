/* SPDX-License-Identifier: MIT */
/*
 * pvh - how a guest in a hardware container does what guest_ops.h lists.
 *
 * The CPU and the page tables are our own (entry_pvh.S); Xen is asked by
 * hypercall for what it keeps: parameters and the physical memory map.
 */
#include <stdint.h>

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#include <xen/hvm/hvm_vcpu.h>

#include <xen/arch-x86/hvm/start_info.h>

#include "arch/arch.h"
#include "arch/x86/guest_ops.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"
#include "lib/error.h"
#include "lib/string.h"

#define LARGE_SHIFT 21
#define LARGE_PAGES 512UL /* in 1 GiB, and small ones in a large one */
#define HIGH_BASE   0xc0000000UL

/* entry_pvh.S; an entry of the high directory is 2 MiB from HIGH_BASE up. */
extern uint64_t pvh_high_directory[LARGE_PAGES];

/*
 * The same; an entry is a page of the last 2 MiB of the first GiB. The image is
 * shown in its middle, up to 512 KiB (linker.ld): the last quarter shows spare
 * pages.
 */
extern uint64_t pvh_window_table[LARGE_PAGES];
#define WINDOW_BASE 0x3fe00000UL
#define SPARE_INDEX (LARGE_PAGES / 4 * 3)
#define SPARE_BASE  (WINDOW_BASE + SPARE_INDEX * PAGE_SIZE)

/* What the builder left, and the first frame above what is kept of it. */
static const struct hvm_start_info *start;
static xen_pfn_t first_spare_frame;

/*
 * Xen counts the rings and the ACPI tables as pages of the domain too. Seen on
 * Xen 4.17: 17 pages.
 */
#define PAGES_BESIDE_RAM 32

/*
 * Where Xen's own pages are put: not over RAM, which would split a superpage
 * of Xen's page table (224 us under emulation), but beside the rings, where the
 * builder has already made small entries. Frame numbers.
 */
static xen_pfn_t spare_frames;
#define SPARE_OFFSET      0x100
#define SPARE_SHARED_INFO 0
#define SPARE_GRANTS      1

/* What entry_pvh.S was told by CPUID. */
uint32_t pvh_extended_features;

/*
 * Who has SVM repeats the features of leaf 1 there, with the FPU first; who has
 * VT-x does not (AMD APM vol. 3 E.4.2; recalculate_misc() of Xen sees to
 * it). To ask for the vendor's name would take 12 us.
 */
static void pvh_enable_hypercalls(void)
{
    x86_hypercall = (pvh_extended_features & CPUID_EDX_REPEATED) != 0
                        ? x86_vmmcall
                        : x86_vmcall;
}

/* The CPU may remember a mapping that has changed. */
static void forget(unsigned long address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

/* The door has done it. */
static int pvh_protect_memory(void)
{
    return 0;
}

/* A page between 3 and 4 GiB, where the builder puts what Xen shares. */
static int map_high_frame(xen_pfn_t frame, void **page)
{
    unsigned long address = frame << PAGE_SHIFT;
    unsigned long index = (address - HIGH_BASE) >> LARGE_SHIFT;

    if (address < HIGH_BASE || index >= LARGE_PAGES)
        return -XEN_EINVAL;
    pvh_high_directory[index] =
        (address & ~((1UL << LARGE_SHIFT) - 1)) | PTE_LARGE | x86_data_flags();
    *page = (void *)address;
    return 0;
}

enum {
    CONSOLE_FRAME,
    CONSOLE_PORT,
    STORE_FRAME,
    STORE_PORT
};

/* entry_pvh.S asks Xen for them at boot. */
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

/* A new domain has others. */
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

static uint64_t ram_pages_below(xen_pfn_t limit)
{
    xen_pfn_t first, end;
    uint64_t pages = 0;

    for (uint32_t i = 0; i < memory_map_count(); i++) {
        ram_range(i, &first, &end);
        pages += MIN(end, limit) - MIN(first, limit);
    }
    return pages;
}

static uint64_t ram_pages(void)
{
    return ram_pages_below(UINT64_MAX);
}

static int find_rings(struct boot *boot)
{
    int error = find_ring(CONSOLE_FRAME, CONSOLE_PORT, &boot->console);

    if (error == 0)
        error = find_ring(STORE_FRAME, STORE_PORT, &boot->store);
    if (error == 0) {
        xen_pfn_t store = (unsigned long)boot->store.page >> PAGE_SHIFT;

        spare_frames = (store & ~(LARGE_PAGES - 1)) + SPARE_OFFSET;
    }
    return error;
}

static int pvh_read_boot_info(void *info, struct boot *boot)
{
    start = physical((uint64_t)info);
    if (start->magic != XEN_HVM_START_MAGIC_VALUE)
        return -XEN_EINVAL;
    boot->command_line =
        start->cmdline_paddr ? physical(start->cmdline_paddr) : "";
    boot->memory_kib = ram_pages() * (PAGE_SIZE / 1024);
    boot->memory_is_maximum = true;
    return find_rings(boot);
}

/* Let Xen put a page of its own at a spare frame, and map that. */
static int add_to_physmap(unsigned int space, unsigned long index,
                          xen_pfn_t frame, void **page)
{
    struct xen_add_to_physmap request = {
        .domid = DOMID_SELF,
        .space = space,
        .idx = index,
        .gpfn = frame,
    };
    int error = x86_memory_op(XENMEM_add_to_physmap, &request);

    return error != 0 ? error : map_high_frame(frame, page);
}

static int pvh_map_shared_info(struct shared_info **page)
{
    return add_to_physmap(XENMAPSPACE_shared_info, 0,
                          spare_frames + SPARE_SHARED_INFO, (void **)page);
}

static int pvh_map_grant_table(void **table)
{
    int error = 0;

    /* Downwards: the last one mapped is the first of the table. */
    for (unsigned int i = X86_GRANT_FRAMES; error == 0 && i-- > 0;)
        error = add_to_physmap(XENMAPSPACE_grant_table, i,
                               spare_frames + SPARE_GRANTS + i, table);
    return error;
}

static xen_pfn_t pvh_page_frame(const void *page)
{
    return x86_physical(page) >> PAGE_SHIFT;
}

static unsigned long highest(unsigned long end, uint64_t address, size_t size)
{
    return address + size > end ? address + size : end;
}

/* Above the image, and above what is still read of what the builder left. */
static xen_pfn_t find_first_spare_frame(void)
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

static uint64_t spare_of(uint64_t ram)
{
    uint64_t used;

    first_spare_frame = find_first_spare_frame();
    used = ram_pages_below(first_spare_frame);
    return ram > used ? ram - used : 0;
}

static uint64_t pvh_spare_pages_in_all(void)
{
    return spare_of(ram_pages());
}

/* Those that are populated on demand count as given. */
static uint64_t pvh_spare_pages_missing(void)
{
    return 0;
}

static uint64_t pvh_spare_pages(uint64_t given, uint64_t away)
{
    uint64_t ram = ram_pages() - away;

    /* Populate on demand: whichever pages are touched, there are no more. */
    if (given < ram)
        ram = given - MIN(given, PAGES_BESIDE_RAM);
    return spare_of(ram);
}

static xen_pfn_t spare_frame(uint64_t page)
{
    uint64_t left = ram_pages_below(first_spare_frame) + page;
    xen_pfn_t first = 0, end;

    for (uint32_t i = 0; i < memory_map_count(); i++) {
        ram_range(i, &first, &end);
        if (left < end - first)
            break;
        left -= end - first;
    }
    return first + left;
}

static int pvh_show_spare_pages(uint64_t first, unsigned int count,
                                void **pages)
{
    for (unsigned int i = 0; i < count; i++) {
        pvh_window_table[SPARE_INDEX + i] =
            spare_frame(first + i) << PAGE_SHIFT | x86_data_flags();
        forget(SPARE_BASE + i * PAGE_SIZE);
    }
    *pages = (void *)SPARE_BASE;
    return 0;
}

static unsigned int pvh_give_pages(uint64_t last, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        x86_balloon_frames[i] = spare_frame(last - i);
    return x86_balloon(XENMEM_decrease_reservation, x86_balloon_frames, count);
}

static unsigned int pvh_take_pages(uint64_t first, unsigned int count,
                                   uint64_t wanted, unsigned int *own)
{
    (void)wanted;
    (void)own;
    for (unsigned int i = 0; i < count; i++)
        x86_balloon_frames[i] = spare_frame(first + i);
    return x86_balloon(XENMEM_populate_physmap, x86_balloon_frames, count);
}

/* Control registers and page tables are those of vCPU 0; stacks are empty as
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
    registers->rip = (uint64_t)kernel_vcpu;
    registers->rsp = (uint64_t)stack_top - sizeof(long);
    registers->rdi = vcpu;
    registers->rflags = 2; /* reserved, always 1: events are off */
    return x86_vcpu_op(VCPUOP_initialise, vcpu, &context);
}

/*
 * The tools tell a cancelled suspend from a resume by the return value only for
 * a domain with a callback, which a restore does not bring back. Interrupts are
 * off and ports masked, so the vector never arrives.
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
                              (unsigned long)&parameter, 0, 0, 0);
}

static int pvh_suspend(struct boot *boot)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_suspend};
    int result = set_callback();

    if (result == 0)
        result = arch_sched_op(SCHEDOP_shutdown, &shutdown);
    if (result == ARCH_RESUMED &&
        (get_parameters() != 0 || find_rings(boot) != 0))
        kernel_panic("suspend: the rings cannot be found again");
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
