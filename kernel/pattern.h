/* SPDX-License-Identifier: MIT */
/*
 * pattern - memory whose content is known, to see whether a suspend keeps it.
 */
#ifndef KERNEL_PATTERN_H
#define KERNEL_PATTERN_H

#include <stdint.h>

#include "lib/macros.h"

#define PATTERN_WORDS (PAGE_SIZE / sizeof(uint64_t)) /* in a page */

/*
 * Write PATTERN_WORDS words. No two of them are equal, and none is one that
 * another serial number gives, up to 2^55 of them. pattern_fill() uses the
 * numbers below 2^32.
 */
void pattern_write(volatile uint64_t *page, uint64_t serial);

/* How many words of a page are not what pattern_write() wrote. */
unsigned int pattern_check(const volatile uint64_t *page, uint64_t serial);

/* Fill two pages of the image anew; each time with another pattern. */
void pattern_fill(void);

/* How many words of them are not what pattern_fill() wrote. */
unsigned int pattern_errors(void);

#endif
