/* SPDX-License-Identifier: MIT */
/*
 * fake/pattern - kernel/pattern.c with access to its memory; see
 * fake/pattern.h.
 */
#include "tests/fake/pattern.h"

#include "kernel/pattern.c"

size_t fake_pattern_count(void)
{
    return ARRAY_COUNT(words);
}

uint64_t fake_pattern_word(size_t index)
{
    return words[index];
}

void fake_pattern_flip(size_t index, uint64_t bits)
{
    words[index] ^= bits;
}
