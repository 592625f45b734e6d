/* SPDX-License-Identifier: MIT */
/*
 * clock - the VM's own time, which stands still while the VM is suspended.
 */
#ifndef KERNEL_CLOCK_H
#define KERNEL_CLOCK_H

#include <stdint.h>

#include "lib/time.h"

/* Begin anew: the first reading will be 0. */
void clock_start(void);

/* ns; never goes back. Where Xen hides the CPU's time stamp, each reading is a
 * trap: 14 us. */
uint64_t clock_ns(void);

/* The same, but returns the newest reading if the VM has not waited since that
 * reading. */
uint64_t clock_recent_ns(void);

/* Time has passed without a wait: the newest reading must not be used again. */
void clock_forget(void);

/* While the VM was suspended, the system time went from `from_ns` to `to_ns`.
 * It went back if the new host was started later than the old one. */
void clock_skip(uint64_t from_ns, uint64_t to_ns);

/* The system time (arch_time_ns()) at which clock_ns() will be `ns`. */
uint64_t clock_system_time(uint64_t ns);

#endif
