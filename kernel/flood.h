/* SPDX-License-Identifier: MIT */
/*
 * flood - writes a number of bytes to the console, as fast as the reader takes
 * them.
 */
#ifndef KERNEL_FLOOD_H
#define KERNEL_FLOOD_H

#include "decide/command.h"

#define FLOOD_LINE_SIZE 64 /* bytes of a line, including its end */

/* The functions of a row in kernel/work.c. Lines have running numbers; no byte
 * is lost. */
void flood_start(const struct command *command, uint64_t now_ns);
bool flood_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);

#endif
