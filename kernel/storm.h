/* SPDX-License-Identifier: MIT */
/*
 * storm - a number of writes to one node of the store, as fast as the store
 * takes them.
 */
#ifndef KERNEL_STORM_H
#define KERNEL_STORM_H

#include "decide/command.h"

/* The functions of a row in kernel/work.c. The node counts the writes, from 1
 * up. */
void storm_start(const struct command *command, uint64_t now_ns);
bool storm_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);

#endif
