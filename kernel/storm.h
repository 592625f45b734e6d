/* SPDX-License-Identifier: MIT */
/*
 * storm - so many writes to one node of the store, as fast as it takes them.
 */
#ifndef KERNEL_STORM_H
#define KERNEL_STORM_H

#include "decide/command.h"

/* Work, see kernel/work.c. The node counts the writes, from 1 up. */
void storm_start(const struct command *command, uint64_t now_ns);
bool storm_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);

#endif
