/* SPDX-License-Identifier: MIT */
/*
 * attack - does to the host what a hostile guest would do, as often as ordered.
 *
 * An attack tries, keeps what it got for a while, gives everything back, and
 * says what came back. kernel/attack_part.h has its parts.
 */
#ifndef KERNEL_ATTACK_H
#define KERNEL_ATTACK_H

#include "decide/command.h"

/* The functions of a row in kernel/work.c. */
void attack_start(const struct command *command, uint64_t now_ns);
bool attack_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void attack_stop(void);
void attack_renewed(void);
void attack_forget(void);

#endif
