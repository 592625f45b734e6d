/* SPDX-License-Identifier: MIT */
/*
 * macros - the few words that every file needs and C lacks.
 */
#ifndef LIB_MACROS_H
#define LIB_MACROS_H

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(a, b)          ((a) < (b) ? (a) : (b))
#define MAX(a, b)          ((a) > (b) ? (a) : (b))

/* Marks a function in which unsigned numbers wrap on purpose. A wrap anywhere
 * else is a bug, for which `make overflow` looks; only clang can look. */
#ifdef __clang__
#define WRAPS __attribute__((no_sanitize("unsigned-integer-overflow")))
#else
#define WRAPS
#endif

/* A function whose call is smaller than its code, which gcc would rather copy
 * into each caller. */
#define SHARED __attribute__((noinline))

/* The caller has to check the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* The argument numbers of the format and of its first value. */
#define PRINTF_LIKE(at, first) __attribute__((__format__(printf, at, first)))

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)

#endif
