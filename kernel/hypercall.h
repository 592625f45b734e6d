/* SPDX-License-Identifier: MIT */
/*
 * hypercall - makes a hypercall that a tester chooses, as often as ordered.
 *
 * The VM does not guard against what the hypercall does to it: it was ordered.
 */
#ifndef KERNEL_HYPERCALL_H
#define KERNEL_HYPERCALL_H

#include "decide/command.h"

/* The command is one of the program. Both are used only in this call. */
void hypercall_start(const struct program *program,
                     const struct command *command);

/* The functions of a row in kernel/work.c. */
bool hypercall_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void hypercall_stop(void);

#endif
