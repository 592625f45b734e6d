/* SPDX-License-Identifier: MIT */
/*
 * pattern - memory whose content is known, to see whether a suspend keeps it.
 */
#ifndef KERNEL_PATTERN_H
#define KERNEL_PATTERN_H

/* Fill the memory anew; each time with another pattern. */
void pattern_fill(void);

/* How many words of it are not what pattern_fill() wrote. */
unsigned int pattern_errors(void);

#endif
