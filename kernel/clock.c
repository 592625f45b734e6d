/* SPDX-License-Identifier: MIT */
/*
 * clock - the VM's own time; see clock.h.
 */
#include "kernel/clock.h"

#include <stdbool.h>

#include "arch/arch.h"
#include "drivers/evtchn.h"

static bool started;
static uint64_t start_ns; /* the system time at 0; clock_skip() moves it */

/*
 * The newest reading, and evtchn_waits() at that time. A reading is never
 * smaller than the one before: callers subtract readings as unsigned numbers.
 */
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
    /* If the system time goes back, stand still until it has caught up. */
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
