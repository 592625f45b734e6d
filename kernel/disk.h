/* SPDX-License-Identifier: MIT */
/*
 * disk - read, write, verify or flush a virtual disk.
 *
 * The pattern, which anybody can make again: a text of lines of 32 bytes, each
 * with the seed and its own offset in bytes, as printf writes them with
 * "%08x %022u\n". It begins where the disk does.
 *
 * What the backend of before had not answered is asked again after a resume.
 */
#ifndef KERNEL_DISK_H
#define KERNEL_DISK_H

#include "decide/command.h"

#define DISK_LINE_SIZE 32

/* Work, see kernel/work.c. */
void disk_start(const struct command *command, uint64_t now_ns);
bool disk_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void disk_stop(void);

/* Be over at once: nothing is lent any more, and answers are nobody's. */
void disk_forget(void);

/* Write the lines that belong at `offset`, both whole lines. */
void disk_fill(uint32_t seed, uint64_t offset, char *lines, size_t size);

#endif
