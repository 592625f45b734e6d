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
#include "lib/string.h"

/* Virtual pages for frames that are not ours. */
static char shared_info_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static char grant_pages[X86_GRANT_FRAMES * PAGE_SIZE]
    __attribute__((aligned(PAGE_SIZE)));

/* The builder's page; Xen's tools fill it in again when a domain resumes. */
static struct start_info *start;

/* Pseudo-physical to machine frame, as the builder laid it out. */
static const xen_pfn_t *p2m(void)
{
    return (const xen_pfn_t *)start->mfn_list;
}

static xen_pfn_t machine_frame(const void *page)
{
    return p2m()[x86_physical(page) >> PAGE_SHIFT];
}

static xen_pfn_t pseudo_physical_frame(xen_pfn_t machine)
{
    return ((const unsigned long *)MACH2PHYS_VIRT_START)[machine];
}

static void *page_of_machine_frame(xen_pfn_t machine)
{
    return (void *)((pseudo_physical_frame(machine) << PAGE_SHIFT) +
                    VIRTUAL_OFFSET);
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

static void pv_unload_traps(void)
{
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
    boot->memory_kib = start->nr_pages * (PAGE_SIZE / 1024);
    find_rings(boot);
    return 0;
}

/*
 * Tell where the p2m lies, in its linear form: whoever saves this domain reads
 * it at any moment, so it has to be there from the start.
 */
static void publish_p2m(struct arch_shared_info *arch)
{
    arch->max_pfn = start->nr_pages;
    arch->p2m_vaddr = start->mfn_list;
    arch->p2m_cr3 = machine_frame((const void *)start->pt_base) << PAGE_SHIFT;
}

/*
 * xen/xen.h, "Start-of-day memory layout": above the page tables lies the boot
 * stack, which nobody uses any more, and then 512 KiB that are mapped and
 * empty. Page tables, which may not be mapped writable, are all below. One half
 * is for the lists of p2m frames, the addresses of the other for the window.
 */
#define PADDING_PAGES (0x80000 / PAGE_SIZE)
#define LIST_PAGES    (PADDING_PAGES / 2)

_Static_assert(LIST_PAGES + ARCH_WINDOW_PAGES <= PADDING_PAGES,
               "both fit behind the page tables");

static char *padding(void)
{
    return (char *)(start->pt_base + start->nr_pt_frames * PAGE_SIZE);
}

#define FRAMES_PER_PAGE (PAGE_SIZE / sizeof(xen_pfn_t))

static unsigned long pages_for(unsigned long frames)
{
    return (frames + FRAMES_PER_PAGE - 1) / FRAMES_PER_PAGE;
}

/* The list of lists and the lists, in pages; 0: there are too many. */
static unsigned long list_pages(void)
{
    unsigned long count = 1 + pages_for(pages_for(start->nr_pages));

    return count <= LIST_PAGES ? count : 0;
}

/*
 * Instead, in the older form: a list of lists of frames. Tools that resume the
 * same domain as if it were a new one look for the p2m after the suspend. Some
 * know this form alone, and others fail with the linear one (seen on Xen 4.14
 * and 4.17): so while suspended the domain has this one, made new each time,
 * since frames change with the domain. Above 63 GiB the linear form stays.
 */
static void publish_p2m_lists(struct arch_shared_info *arch)
{
    xen_pfn_t *top = (xen_pfn_t *)padding(), *list = top + FRAMES_PER_PAGE;
    const unsigned long frames = pages_for(start->nr_pages);

    arch->pfn_to_mfn_frame_list_list = ~0UL; /* none, and none to come */
    if (list_pages() == 0)
        return;
    for (unsigned long i = 0; i < frames; i++)
        list[i] = machine_frame(&p2m()[i * FRAMES_PER_PAGE]);
    for (unsigned long i = 0; i < pages_for(frames); i++)
        top[i] = machine_frame(&list[i * FRAMES_PER_PAGE]);
    arch->pfn_to_mfn_frame_list_list = machine_frame(top);
    arch->p2m_cr3 = 0; /* says that there is no linear form */
}

static int pv_map_shared_info(struct shared_info **page)
{
    int error =
        map_machine_frame(shared_info_page, start->shared_info >> PAGE_SHIFT);

    *page = (struct shared_info *)shared_info_page;
    if (error == 0)
        publish_p2m(&(*page)->arch);
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
        error = map_machine_frame(&grant_pages[i * PAGE_SIZE], frames[i]);
    *table = grant_pages;
    return error;
}

static xen_pfn_t pv_page_frame(const void *page)
{
    return machine_frame(page);
}

static xen_pfn_t first_spare_frame(void)
{
    return (x86_physical(padding()) >> PAGE_SHIFT) + list_pages();
}

static uint64_t pv_spare_pages(uint64_t given)
{
    xen_pfn_t end = MIN(given, start->nr_pages), first = first_spare_frame();

    return end > first ? end - first : 0;
}

/* What lies at the window's addresses is not lost: it is spare, and shown. */
static int pv_show_spare_pages(uint64_t first, unsigned int count, void **pages)
{
    xen_pfn_t frame = first_spare_frame();
    char *window = padding() + LIST_PAGES * PAGE_SIZE;
    int error = 0;

    for (unsigned int i = 0; error == 0 && i < count; i++)
        error =
            map_machine_frame(&window[i * PAGE_SIZE], p2m()[frame + first + i]);
    *pages = window;
    return error;
}

/*
 * Give the pages that show frames of Xen's their own frames back: the tools do
 * not save a page table that leads to frames of somebody else.
 */
static int unmap_frames_of_xen(void)
{
    int error =
        map_machine_frame(shared_info_page, machine_frame(shared_info_page));

    for (unsigned int i = 0; error == 0 && i < X86_GRANT_FRAMES; i++) {
        const char *page = &grant_pages[i * PAGE_SIZE];

        error = map_machine_frame(page, machine_frame(page));
    }
    return error;
}

/*
 * xen/sched.h, SCHEDOP_shutdown: the third argument is the frame of start info,
 * in which the tools look for the rings by pseudo-physical frames.
 */
static int pv_suspend(struct boot *boot)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_suspend};
    xen_pfn_t shared_info = start->shared_info >> PAGE_SHIFT;
    xen_pfn_t store = start->store_mfn, console = start->console.domU.mfn;
    int result;

    publish_p2m_lists(&arch_shared_info()->arch);
    start->store_mfn = pseudo_physical_frame(store);
    start->console.domU.mfn = pseudo_physical_frame(console);
    result = unmap_frames_of_xen();
    if (result == 0)
        result = (int)x86_hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown,
                                    (unsigned long)&shutdown,
                                    machine_frame(start), 0, 0);
    if (result == ARCH_RESUMED) {
        find_rings(boot);
        return ARCH_RESUMED;
    }
    start->store_mfn = store;
    start->console.domU.mfn = console;
    if (map_machine_frame(shared_info_page, shared_info) != 0)
        kernel_panic("suspend: shared info cannot be mapped again");
    publish_p2m(&arch_shared_info()->arch);
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
    .map_shared_info = pv_map_shared_info,
    .map_grant_table = pv_map_grant_table,
    .page_frame = pv_page_frame,
    .spare_pages = pv_spare_pages,
    .show_spare_pages = pv_show_spare_pages,
    .suspend = pv_suspend,
    .update_wall_clock = pv_update_wall_clock,
    .fault_address = pv_fault_address,
};
