/* SPDX-License-Identifier: MIT */
/*
 * clock - Xen's system time, from the shared page and the CPU's time stamp.
 *
 * No hypercall. xen/xen.h, struct vcpu_time_info, has the formula and the
 * meaning of `version`. The last value is kept, so that time never goes back,
 * even if the vCPU moves to another CPU of the host.
 */
#include "arch/x86/x86.h"

static uint64_t last_ns;

static uint64_t time_stamp(void)
{
    uint32_t low, high;

    /* The fence keeps this read after the reads of the fields that scale it;
     * "memory" keeps the compiler from changing their order. */
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

uint64_t x86_system_time(const struct vcpu_time_info *time)
{
    uint64_t delta, ns;
    uint32_t version, multiplier;
    int8_t shift;

    do {
        version = __atomic_load_n(&time->version, __ATOMIC_ACQUIRE) & ~1U;
        delta = __atomic_load_n(&time->tsc_timestamp, __ATOMIC_RELAXED);
        ns = __atomic_load_n(&time->system_time, __ATOMIC_RELAXED);
        multiplier =
            __atomic_load_n(&time->tsc_to_system_mul, __ATOMIC_RELAXED);
        shift = __atomic_load_n(&time->tsc_shift, __ATOMIC_RELAXED);
        delta = time_stamp() - delta;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while (__atomic_load_n(&time->version, __ATOMIC_RELAXED) != version);

    /* This CPU's time stamp is behind that of the CPU that Xen read. */
    if ((int64_t)delta < 0)
        delta = 0;
    delta = shift < 0 ? delta >> -shift : delta << shift;
    ns += (uint64_t)((unsigned __int128)delta * multiplier >> 32);
    last_ns = MAX(last_ns, ns);
    return last_ns;
}

void x86_system_time_restart(void)
{
    last_ns = 0;
}
