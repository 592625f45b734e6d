/* SPDX-License-Identifier: MIT */
/*
 * fake/log - keeps the log lines, so that a test can look at them.
 */
#ifndef TESTS_FAKE_LOG_H
#define TESTS_FAKE_LOG_H

/* Forget all lines; from now on the log writes here. */
void fake_log_start(void);

/* How many lines were logged, and how many of them contain `part`. */
unsigned int fake_log_count(void);
unsigned int fake_log_with(const char *part);

/* The last line without its line end, NUL-terminated; "" if there is none. */
const char *fake_log_last(void);

#endif
