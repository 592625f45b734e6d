/* SPDX-License-Identifier: MIT */
/*
 * language - prints the tables of the control language, for the checker of the
 * documents.
 *
 * One row a line: the name of the table, the name of the row, and its other
 * cells as docs/control-protocol.md has them. A tab is between two of them.
 */
#ifndef TESTS_LANGUAGE_LANGUAGE_H
#define TESTS_LANGUAGE_LANGUAGE_H

/* The tables in decide/language.c. */
void language_of_commands(void);

/* Those in kernel/options.c, which does not show them to others. */
void language_of_options(void);

#endif
