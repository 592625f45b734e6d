/* SPDX-License-Identifier: MIT */
/*
 * clock - time as this VM lives it; see clock.h.
 */
#include "kernel/clock.h"

#include <stdbool.h>

#include "arch/arch.h"
#include "drivers/evtchn.h"

static bool started;
static uint64_t start_ns; /* by the system time, later for what was skipped */

/* The newest reading, and how often the VM had waited then. The next one is not
 * smaller: others take differences of two, and know no negative ones. */
static bool recent;
static uint64_t recent_ns;
static unsigned int recent_waits;

void clock_start(void)
{
    started = false;
    recent = false;
    recent_ns = 0;
}

WRAPS uint64_t clock_ns(void)
{
    const uint64_t time = arch_time_ns();
    uint64_t passed_ns;

    if (!started)
        start_ns = time;
    started = true;
    recent = true;
    /* System time that goes back is waited for. */
    passed_ns = time - start_ns;
    if ((int64_t)(passed_ns - recent_ns) > 0)
        recent_ns = passed_ns;
    recent_waits = evtchn_waits();
    return recent_ns;
}

uint64_t clock_recent_ns(void)
{
    return recent && recent_waits == evtchn_waits() ? recent_ns : clock_ns();
}

void clock_forget(void)
{
    recent = false;
}

WRAPS void clock_skip(uint64_t from_ns, uint64_t to_ns)
{
    start_ns += to_ns - from_ns;
}

WRAPS uint64_t clock_system_time(uint64_t ns)
{
    return start_ns + ns;
}
