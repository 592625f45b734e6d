/* SPDX-License-Identifier: MIT */
/*
 * pattern - memory whose content is known; see pattern.h.
 */
#include "kernel/pattern.h"

#include <stdint.h>

#include "lib/macros.h"

#define PATTERN_PAGES 2
#define PATTERN_WORDS (PATTERN_PAGES * PAGE_SIZE / sizeof(uint64_t))

static volatile uint64_t words[PATTERN_WORDS]
    __attribute__((aligned(PAGE_SIZE)));
static uint64_t seed;

/* An odd multiplier spreads index and seed over all bits of a word. */
static uint64_t word(uint64_t index)
{
    return (seed * PATTERN_WORDS + index) * 0x9e3779b97f4a7c15;
}

void pattern_fill(void)
{
    seed++;
    for (uint64_t i = 0; i < PATTERN_WORDS; i++)
        words[i] = word(i);
}

unsigned int pattern_errors(void)
{
    unsigned int errors = 0;

    for (uint64_t i = 0; i < PATTERN_WORDS; i++)
        errors += words[i] != word(i);
    return errors;
}
