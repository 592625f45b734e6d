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

/*
 * A turn of a loop costs more than a word, so a turn has some words. All their
 * differences from the first one are constants; the compiler must not know
 * that, since an addition with a constant of 64 bits is two instructions.
 */
#define AT_ONCE 8
_Static_assert(PATTERN_WORDS % AT_ONCE == 0, "a page has no rest");

static uint64_t step(void)
{
    uint64_t step = STEP;

    __asm__("" : "+r"(step));
    return step;
}

WRAPS void pattern_write(volatile uint64_t *page, uint64_t serial)
{
    const uint64_t by = step();
    uint64_t word = first_word(serial);

    for (unsigned int i = 0; i < PATTERN_WORDS; i += AT_ONCE) {
#pragma GCC unroll 8
        for (unsigned int k = 0; k < AT_ONCE; k++, word += by)
            page[i + k] = word;
    }
}

/* The number of words that are not as they were written, from this one on. */
WRAPS static unsigned int wrong_words(const volatile uint64_t *at,
                                      uint64_t word)
{
    unsigned int wrong = 0;

    for (unsigned int i = 0; i < AT_ONCE; i++, word += STEP)
        wrong += at[i] != word;
    return wrong;
}

WRAPS unsigned int pattern_check(const volatile uint64_t *page, uint64_t serial)
{
    const uint64_t by = step();
    uint64_t word = first_word(serial);
    unsigned int errors = 0;

    for (unsigned int i = 0; i < PATTERN_WORDS; i += AT_ONCE) {
        const uint64_t first = word;
        uint64_t differ = 0;

#pragma GCC unroll 8
        for (unsigned int k = 0; k < AT_ONCE; k++, word += by)
            differ |= page[i + k] ^ word;
        if (differ != 0)
            errors += wrong_words(&page[i], first);
    }
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
