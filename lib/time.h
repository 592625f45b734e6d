/* SPDX-License-Identifier: MIT */
/*
 * time - units of time, and the moment that never comes.
 *
 * Every time in this VM is a uint64_t of nanoseconds. The declaration of a time
 * names its clock: that of kernel/clock.h, or Xen's system time of arch/arch.h.
 */
#ifndef LIB_TIME_H
#define LIB_TIME_H

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

/* A deadline that does not exist. */
#define TIME_NEVER UINT64_MAX

#endif
