/* SPDX-License-Identifier: MIT */
/*
 * busy - another vCPU that uses all the CPU it gets, as work. The functions are
 * those of kernel/work.c's rows.
 */
#ifndef KERNEL_BUSY_H
#define KERNEL_BUSY_H

#include "decide/command.h"

void busy_start(const struct command *command, uint64_t now_ns);
bool busy_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void busy_stop(void);

#endif
