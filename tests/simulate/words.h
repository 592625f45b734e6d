/* SPDX-License-Identifier: MIT */
/*
 * words - commands and programs, drawn from the language's grammar.
 */
#ifndef TESTS_SIMULATE_WORDS_H
#define TESTS_SIMULATE_WORDS_H

#include <stddef.h>

#include "tests/simulate/run.h"

/* A command or a program, NUL-terminated, of at most `max` bytes. */
void words_command(struct dice *dice, char *text, size_t max);

#endif
