/* SPDX-License-Identifier: MIT */
/*
 * fake/log - keeps the log lines, so that a test can ask for them.
 */
#ifndef TESTS_FAKE_LOG_H
#define TESTS_FAKE_LOG_H

/* Forget all lines; the log goes here from now on. */
void fake_log_start(void);

/* How many lines have been logged, and how many of them contain `part`. */
unsigned int fake_log_count(void);
unsigned int fake_log_with(const char *part);

/* The last line without its end, NUL-terminated; "" if there is none. */
const char *fake_log_last(void);

#endif
