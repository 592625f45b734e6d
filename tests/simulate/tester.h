/* SPDX-License-Identifier: MIT */
/*
 * tester - deeds of the tester: commands, programs, and other messages.
 */
#ifndef TESTS_SIMULATE_TESTER_H
#define TESTS_SIMULATE_TESTER_H

#include "tests/simulate/run.h"

/* Deeds. */
void tester_command(struct dice *dice);
void tester_control_command(struct dice *dice);
void tester_cancel(struct dice *dice);
void tester_slow_balloon(struct dice *dice);
void tester_partial_balloon(struct dice *dice);
void tester_dirty_later(struct dice *dice);
void tester_dirty(struct dice *dice);
void tester_dirty_and_lose(struct dice *dice);
void tester_messages_without_end(struct dice *dice);
void tester_work_on_disk(struct dice *dice);
void tester_busy(struct dice *dice);
void tester_nonsense(struct dice *dice);
void tester_sysrq(struct dice *dice);

/* Write this command. */
void tester_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A step has passed: write the next of the messages without end. */
void tester_tick(void);

/* Stop these messages. */
void tester_start(void);

#endif
