/* SPDX-License-Identifier: MIT */
/*
 * start - the first C code, and the functions of arch.h that concern the whole
 * domain.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/hvm/params.h>
#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"
#include "lib/error.h"

/* A page that is not mapped lies below it, so a stack overflow faults. */
char arm64_stack[STACK_SIZE]
    __attribute__((aligned(PAGE_SIZE), section(".bss.stack")));

#define GRANT_FRAMES 1

static struct shared_info *shared_info;
static bool grants_mapped;

/* Where Xen's pages are put, in the addresses that the tree has for them. */
static uint64_t for_xen;
#define PLACE_SHARED_INFO 0
#define PLACE_GRANTS      1
#define PLACE_COUNT       (PLACE_GRANTS + GRANT_FRAMES)

/* No guest can go on without this step. */
static void must(const char *step, int error)
{
    if (error != 0)
        kernel_panic("start: %s failed, error %d", step, error);
}

/* The tree may cross into the next 2 MiB, and is no larger. */
static int read_tree(uint64_t address, struct arm64_tree *tree)
{
    int error = arm64_map(address);

    if (error == 0)
        error = arm64_map(address + ARM64_TREE_MAX - 1);
    if (error == 0)
        error = arm64_tree_read((const void *)address, ARM64_TREE_MAX, tree);
    if (error == 0 && tree->for_xen.size < PLACE_COUNT * PAGE_SIZE)
        error = -XEN_EINVAL;
    return error;
}

static int find_ring(uint32_t frame, uint32_t port, struct boot_ring *ring)
{
    uint64_t value, address = 0;
    int error = arm64_parameter(port, &value);

    ring->port = (evtchn_port_t)value;
    if (error == 0)
        error = arm64_parameter(frame, &value);
    if (error == 0) {
        address = value << PAGE_SHIFT;
        error = arm64_map(address);
    }
    ring->page = (void *)address;
    return error;
}

/* Parameters of the domain, as for an HVM guest of x86: xen/arch-arm.h. */
static int find_rings(struct boot *boot)
{
    int error = find_ring(HVM_PARAM_CONSOLE_PFN, HVM_PARAM_CONSOLE_EVTCHN,
                          &boot->console);

    return error != 0 ? error
                      : find_ring(HVM_PARAM_STORE_PFN, HVM_PARAM_STORE_EVTCHN,
                                  &boot->store);
}

/* Xen's pages were put where they are before the latest suspend. */
static bool resumed;

/* Have Xen put a page of its own at one of the free addresses (xen/memory.h,
 * XENMEM_add_to_physmap), and map it. */
static int add_to_physmap(unsigned int space, unsigned long index,
                          unsigned int place, void **page)
{
    const uint64_t address = for_xen + place * PAGE_SIZE;
    struct xen_add_to_physmap request = {
        .domid = DOMID_SELF,
        .space = space,
        .idx = index,
        .gpfn = address >> PAGE_SHIFT,
    };
    int error = common_memory_op(XENMEM_add_to_physmap, &request);

    /* Seen on Xen 4.20 after a resume in the same domain: the page is where it
     * was, and Xen does not put it there twice. */
    if (error == -XEN_EBUSY && resumed)
        error = 0;
    *page = (void *)address;
    return error != 0 ? error : arm64_map(address);
}

static int map_shared_info(void)
{
    void *page;
    int error =
        add_to_physmap(XENMAPSPACE_shared_info, 0, PLACE_SHARED_INFO, &page);

    shared_info = page;
    return error;
}

static int map_grants(void **table)
{
    int error = 0;

    /* Downwards: the page mapped last is the first of the table. */
    for (unsigned int i = GRANT_FRAMES; error == 0 && i-- > 0;)
        error =
            add_to_physmap(XENMAPSPACE_grant_table, i, PLACE_GRANTS + i, table);
    return error;
}

static uint64_t ram_kib(const struct arm64_tree *tree)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < tree->bank_count; i++)
        bytes += tree->banks[i].size;
    return bytes / 1024;
}

void arm64_start(uint64_t tree_address)
{
    static struct arm64_tree tree;
    static struct boot boot;

    /* The toolstack's word for this type of guest. */
    boot.guest = "pvh";
    boot.no_execute = true;
    boot.memory_is_maximum = true;
    must("read the device tree", read_tree(tree_address, &tree));
    boot.command_line = tree.command_line;
    boot.memory_kib = ram_kib(&tree);
    for_xen = tree.for_xen.start;
    must("use RAM", arm64_use_ram(&tree, tree_address));
    must("find the rings", find_rings(&boot));
    must("map shared info", map_shared_info());
    must("start the clock", arm64_clock_start(tree.clock_hz));
    arm64_vcpus_start(&tree);
    kernel_main(&boot);
}

struct shared_info *arch_shared_info(void)
{
    return shared_info;
}

xen_pfn_t arch_page_frame(const void *page)
{
    return (uint64_t)page >> PAGE_SHIFT;
}

int arch_map_grant_table(struct grant_entry_v1 **table, unsigned int *count)
{
    void *frames;
    int error = map_grants(&frames);

    if (error != 0)
        return error;
    grants_mapped = true;
    *table = frames;
    *count = GRANT_FRAMES * PAGE_SIZE / sizeof(**table);
    return 0;
}

/*
 * No toolstack of Xen 4.20 or older can save a domain on Arm: a resume brings
 * back the same one, with a 0. All steps of a new domain are taken all the
 * same, for a hypervisor that learns it.
 */
int arch_suspend(struct boot *boot)
{
    struct sched_shutdown shutdown = {.reason = SHUTDOWN_suspend};
    void *frames;
    int result = arch_sched_op(SCHEDOP_shutdown, &shutdown);

    boot->pages_lost = 0;
    if (result != ARCH_RESUMED)
        return result;
    must("find the rings", find_rings(boot));
    resumed = true;
    must("map shared info", map_shared_info());
    must("start the clock", arm64_clock_resume());
    if (grants_mapped)
        must("map the grant table", map_grants(&frames));
    return result;
}

void arch_stop(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    /* The hypercall returns an error if Xen refuses the reason: crash instead.
     * It returns 0 if a toolstack resumes the domain that has ended: end
     * again. */
    for (;;) {
        if (arch_sched_op(SCHEDOP_shutdown, &shutdown) < 0)
            shutdown.reason = SHUTDOWN_crash;
    }
}

void arch_fault(void)
{
    arm64_unload_traps();
    for (;;)
        __asm__ volatile(".inst 0"); /* UDF: not defined for ever */
}
