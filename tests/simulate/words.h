/* SPDX-License-Identifier: MIT */
/*
 * words - random commands and programs, made from the language's grammar.
 */
#ifndef TESTS_SIMULATE_WORDS_H
#define TESTS_SIMULATE_WORDS_H

#include <stddef.h>

#include "tests/simulate/run.h"

/* Write a command or a program, with its NUL at most `max` bytes. */
void words_command(struct dice *dice, char *text, size_t max);

/* The name of an action that no command orders; NULL: each action is ordered
 * that does not make the VM run for ever. */
const char *words_lack(void);

#endif
