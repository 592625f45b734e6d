/* SPDX-License-Identifier: MIT */
/*
 * pattern - memory with known content, to check that a suspend keeps it.
 */
#ifndef KERNEL_PATTERN_H
#define KERNEL_PATTERN_H

#include <stdint.h>

#include "lib/macros.h"

#define PATTERN_WORDS (PAGE_SIZE / sizeof(uint64_t)) /* words in a page */

/*
 * Write PATTERN_WORDS words, all different. No word is equal to one of another
 * serial number below 2^55. pattern_fill() uses the serial numbers below 2^32.
 */
void pattern_write(volatile uint64_t *page, uint64_t serial);

/* The number of words in a page that are not as pattern_write() wrote them. */
unsigned int pattern_check(const volatile uint64_t *page, uint64_t serial);

/* Fill two pages of the image, each time with a new pattern. */
void pattern_fill(void);

/* The number of words in them that are not as pattern_fill() wrote them. */
unsigned int pattern_errors(void);

#endif
