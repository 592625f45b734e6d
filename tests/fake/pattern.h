/* SPDX-License-Identifier: MIT */
/*
 * fake/pattern - kernel/pattern.c, and a way to damage its memory.
 */
#ifndef TESTS_FAKE_PATTERN_H
#define TESTS_FAKE_PATTERN_H

#include <stddef.h>
#include <stdint.h>

size_t fake_pattern_count(void);
uint64_t fake_pattern_word(size_t index);

/* Flip bits of a word; a second call undoes it. */
void fake_pattern_flip(size_t index, uint64_t bits);

#endif
