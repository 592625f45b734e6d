/* SPDX-License-Identifier: MIT */
/*
 * clock - time as this VM lives it: it stands still while it is suspended.
 */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include <stdint.h>

#include "lib/time.h"

/* Nothing has been asked yet: the first one who does gets 0. */
void clock_start(void);

/* ns; never goes back. Where Xen hides the CPU's time stamp, to read it is a
 * trap: 14 us. */
uint64_t clock_ns(void);

/* The same, but not read again before the VM has waited for something, or
 * somebody else has read it. */
uint64_t clock_recent_ns(void);

/* Time has passed without waiting: the newest reading is not recent. */
void clock_forget(void);

/* The system time went on from there to there while the VM was suspended; back,
 * if the new host was started later than the one before. */
void clock_skip(uint64_t from_ns, uint64_t to_ns);

/* The system time (arch_time_ns) at which clock_ns() will be `ns`. */
uint64_t clock_system_time(uint64_t ns);

#endif
