/* SPDX-License-Identifier: MIT */
/*
 * clock - time as this VM lives it; see clock.h.
 */
#include "kernel/clock.h"

#include "arch/arch.h"

static uint64_t start_ns; /* by the system time, later for what was skipped */

void clock_start(void)
{
    start_ns = arch_time_ns();
}

uint64_t clock_ns(void)
{
    return arch_time_ns() - start_ns;
}

void clock_skip(uint64_t ns)
{
    start_ns += ns;
}

uint64_t clock_system_time(uint64_t ns)
{
    uint64_t time = start_ns + ns;

    return time != 0 ? time : 1;
}
