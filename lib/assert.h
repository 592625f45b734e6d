/* SPDX-License-Identifier: MIT */
/*
 * assert - what must hold inside, whatever comes from outside.
 *
 * For mistakes of this code only: what a tester, a peer or Xen can cause is
 * checked and answered. Unit tests, fuzzers and the simulator are compiled with
 * ASSERTIONS and end where a condition does not hold; a sanitizer shows the
 * line. The image is compiled without, and contains nothing of it.
 */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#ifdef ASSERTIONS
#define ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define ASSERT(condition) ((void)sizeof((condition) ? 1 : 0))
#endif

#endif
