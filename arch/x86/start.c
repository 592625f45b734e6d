/* SPDX-License-Identifier: MIT */
/*
 * start - the C code that both entry points call, and the functions that
 * arch.h promises.
 *
 * From here on PV and PVH differ only in the table of operations that the entry
 * point passed.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/memory.h>
#include <xen/vcpu.h>

#include "arch/arch.h"
#include "arch/x86/guest_ops.h"
#include "lib/error.h"

/* Both entry points switch to this stack before they call C. Read-only
 * constants lie below it, so a stack overflow faults. */
char x86_stack[STACK_SIZE]
    __attribute__((aligned(PAGE_SIZE), section(".bss.stack")));

uint64_t x86_no_execute;

static const struct guest_ops *guest;
static struct shared_info *shared_info;
static bool grants_mapped;
static uint64_t pages_away; /* spare pages that are with Xen, the last ones */

/* No guest can go on without this step. */
static void must(const char *step, int error)
{
    if (error != 0)
        kernel_panic("start: %s failed, error %d", step, error);
}

void x86_start(const struct guest_ops *ops, void *info)
{
    static struct boot boot;

    guest = ops;
    boot.guest = ops->name;
    guest->enable_hypercalls();
    must("load traps", guest->load_traps());
    must("read boot information", guest->read_boot_info(info, &boot));
    must("protect memory", guest->protect_memory());
    must("map shared info", guest->map_shared_info(&shared_info));
    boot.no_execute = x86_no_execute != 0;
    pages_away = guest->spare_pages_missing(0);
    kernel_main(&boot);
}

struct shared_info *arch_shared_info(void)
{
    return shared_info;
}

uint64_t arch_time_ns(void)
{
    return shared_info ? x86_system_time(&shared_info->vcpu_info[0].time) : 0;
}

xen_pfn_t arch_page_frame(const void *page)
{
    return guest->page_frame(page);
}

int arch_map_grant_table(struct grant_entry_v1 **table, unsigned int *count)
{
    void *frames;
    int error = guest->map_grant_table(&frames);

    if (error != 0)
        return error;
    grants_mapped = true;
    *table = frames;
    *count = X86_GRANT_FRAMES * PAGE_SIZE / sizeof(**table);
    return 0;
}

uint64_t arch_spare_pages(void)
{
    return guest->spare_pages(common_pages_given(), pages_away);
}

void *arch_show_spare_pages(uint64_t first, unsigned int count)
{
    void *pages;

    must("show spare pages", guest->show_spare_pages(first, count, &pages));
    return pages;
}

uint64_t arch_pages_left(void)
{
    const uint64_t all = guest->spare_pages_in_all();

    return all > pages_away ? all - pages_away : 0;
}

unsigned int arch_give_pages(unsigned int count, uint64_t keep)
{
    const uint64_t left = arch_pages_left();

    count = (unsigned int)MIN(count, left - MIN(left, keep));
    if (count > 0)
        count = guest->give_pages(left - 1, count);
    pages_away += count;
    return count;
}

unsigned int arch_take_pages(unsigned int count, uint64_t wanted)
{
    unsigned int own = 0;

    count = (unsigned int)MIN(count, pages_away);
    if (count > 0)
        count = guest->take_pages(arch_pages_left(), count,
                                  MIN(wanted, pages_away), &own);
    pages_away -= count;
    return count + own;
}

/* Where Xen does not tell the maximum, the domain may have more. */
bool arch_may_take_pages(void)
{
    const uint64_t most = common_pages_most();

    return pages_away > 0 && (most == 0 || common_pages_given() < most);
}

bool arch_has_vcpu(unsigned int vcpu)
{
    return vcpu < ARCH_VCPU_MAX && x86_vcpu_op(VCPUOP_is_up, vcpu, 0) >= 0;
}

int arch_vcpu_up(unsigned int vcpu)
{
    static char stacks[ARCH_VCPU_MAX][VCPU_STACK_SIZE]
        __attribute__((aligned(16)));
    int error = guest->initialise_vcpu(vcpu, stacks[vcpu] + VCPU_STACK_SIZE);

    /* The vCPU exists: it goes on where it was. */
    if (error == -XEN_EEXIST)
        error = 0;
    return error != 0 ? error : x86_vcpu_op(VCPUOP_up, vcpu, 0);
}

int arch_vcpu_down(unsigned int vcpu)
{
    return x86_vcpu_op(VCPUOP_down, vcpu, 0);
}

void arch_pause(void)
{
    __asm__ volatile("pause");
}

/* In a new domain: spare pages that were lost are with Xen. Add them to
 * boot->pages_lost, which has the other lost pages already. */
static void count_lost_pages(struct boot *boot)
{
    const uint64_t missing = guest->spare_pages_missing(pages_away);

    if (missing > pages_away) {
        boot->pages_lost += missing - pages_away;
        pages_away = missing;
    }
}

int arch_suspend(struct boot *boot)
{
    void *frames;
    int result;

    boot->pages_lost = 0;
    result = guest->suspend(boot);
    x86_system_time_restart();
    if (result == ARCH_RESUMED) {
        must("map shared info", guest->map_shared_info(&shared_info));
        count_lost_pages(boot);
    }
    /* A new domain has a new grant table. In the same domain PV has unmapped
     * the old one; on PVH the old one is still where this call maps it. */
    if (grants_mapped)
        must("map the grant table", guest->map_grant_table(&frames));
    return result;
}

uint64_t arch_wall_clock_ns(void)
{
    if (guest->update_wall_clock() != 0)
        return 0;
    return common_wall_clock_ns(shared_info) + arch_time_ns();
}

void arch_stop(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    /* The hypercall returns an error if Xen refuses the reason: crash instead.
     * It returns 0 or 1 if a toolstack resumes the domain that has ended: end
     * again. xl of Xen 4.14 does that after a save that has failed. */
    for (;;) {
        if (arch_sched_op(SCHEDOP_shutdown, &shutdown) < 0)
            shutdown.reason = SHUTDOWN_crash;
    }
}

unsigned long x86_fault_address(void)
{
    return guest->fault_address();
}

void arch_fault(void)
{
    guest->unload_traps();
    for (;;)
        __asm__ volatile("ud2");
}
