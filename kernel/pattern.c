/* SPDX-License-Identifier: MIT */
/*
 * pattern - memory with known content; see pattern.h.
 */
#include "kernel/pattern.h"

#define OWN_PAGES 2

/*
 * Word n of all possible pages is n * STEP. STEP is odd, so no two products are
 * equal. A small difference of n changes bits at all places.
 */
#define STEP 0x9e3779b97f4a7c15

static volatile uint64_t words[OWN_PAGES * PATTERN_WORDS]
    __attribute__((aligned(PAGE_SIZE)));
static uint64_t fills;

WRAPS static uint64_t first_word(uint64_t serial)
{
    return serial * PATTERN_WORDS * STEP;
}

WRAPS void pattern_write(volatile uint64_t *page, uint64_t serial)
{
    uint64_t word = first_word(serial);

    for (unsigned int i = 0; i < PATTERN_WORDS; i++, word += STEP)
        page[i] = word;
}

WRAPS unsigned int pattern_check(const volatile uint64_t *page, uint64_t serial)
{
    uint64_t word = first_word(serial);
    unsigned int errors = 0;

    for (unsigned int i = 0; i < PATTERN_WORDS; i++, word += STEP)
        errors += page[i] != word;
    return errors;
}

void pattern_fill(void)
{
    fills++;
    for (unsigned int i = 0; i < OWN_PAGES; i++)
        pattern_write(&words[i * PATTERN_WORDS], fills * OWN_PAGES + i);
}

unsigned int pattern_errors(void)
{
    unsigned int errors = 0;

    for (unsigned int i = 0; i < OWN_PAGES; i++)
        errors +=
            pattern_check(&words[i * PATTERN_WORDS], fills * OWN_PAGES + i);
    return errors;
}
