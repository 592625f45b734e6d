/* SPDX-License-Identifier: MIT */
/*
 * busy - keeps another vCPU busy: it uses all the CPU time that it gets. The
 * functions are those of a row in kernel/work.c.
 */
#ifndef KERNEL_BUSY_H
#define KERNEL_BUSY_H

#include "decide/command.h"

void busy_start(const struct command *command, uint64_t now_ns);
bool busy_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void busy_stop(void);

#endif
