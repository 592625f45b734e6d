/* SPDX-License-Identifier: MIT */
/*
 * clock - Xen's system time, from the CPU's counter.
 *
 * The virtual counter starts with the domain (Xen sets its offset), and Xen's
 * system time with the host: they run at the same speed, with a distance that
 * Xen does not tell. xen/xen.h has a clock in struct vcpu_time_info, which Xen
 * fills in on x86 alone. But Xen tells each vCPU since when it has been
 * running, in system time (xen/vcpu.h, struct vcpu_runstate_info). The vCPU
 * reads its counter a little later: system time less counter is then at most
 * the distance. So the largest difference seen is the best estimate, and it is
 * renewed whenever the vCPU has waited.
 *
 * The time is never ahead of Xen's. So a time-out of SCHEDOP_poll may end early
 * by what the estimate lacks, and never late. After that wait the estimate is
 * better.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/vcpu.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"
#include "lib/error.h"
#include "lib/time.h"

/* Xen writes it when it begins to run vCPU 0. It must not cross a page. */
static struct vcpu_runstate_info running __attribute__((aligned(64)));

static uint64_t counter_khz;
static uint64_t distance_ns;

int arm64_clock_start(uint32_t hz)
{
    uint64_t cpus_hz = hz;

    if (hz == 0)
        __asm__("mrs %0, cntfrq_el0" : "=r"(cpus_hz));
    /* Xen counts whole kHz: Xen 4.21 cuts the rest off, newer ones round. Never
     * be faster than Xen's clock: a wait corrects what is missing. */
    counter_khz = (cpus_hz + 999) / 1000;
    if (counter_khz == 0)
        return -XEN_EINVAL;
    return arm64_clock_resume();
}

int arm64_clock_resume(void)
{
    struct vcpu_register_runstate_memory_area area = {.addr.v = &running};

    distance_ns = 0;
    return arm64_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area);
}

/* The barriers keep the read between the reads before and behind it. */
static uint64_t counter(void)
{
    uint64_t count;

    __asm__ volatile("dsb ishld\n\t"
                     "isb\n\t"
                     "mrs %0, cntvct_el0"
                     : "=r"(count)
                     :
                     : "memory");
    return count;
}

uint64_t arm64_counter_ns(void)
{
    const uint64_t ticks = counter();

    /* ticks * NS_PER_MS / counter_khz, without numbers of 128 bits. */
    return ticks / counter_khz * NS_PER_MS +
           ticks % counter_khz * NS_PER_MS / counter_khz;
}

/*
 * The entry is read first. If Xen suspends the vCPU between the two reads, the
 * difference is smaller: no harm is done.
 */
uint64_t arch_time_ns(void)
{
    const uint64_t since =
        __atomic_load_n(&running.state_entry_time, __ATOMIC_RELAXED);
    const uint64_t now = arm64_counter_ns();

    if (since > now)
        distance_ns = MAX(distance_ns, since - now);
    return now + distance_ns;
}

/* The shared page has the wall clock of the domain's start (xen/xen.h), since
 * Xen adds the start to it, in whole seconds. Before dom0 has set the time, Xen
 * tells the time since its own start. */
uint64_t arch_wall_clock_ns(void)
{
    const uint64_t start_ns = common_wall_clock_ns(arch_shared_info());

    return start_ns < NS_PER_S ? 0 : start_ns + arm64_counter_ns();
}
