/* SPDX-License-Identifier: MIT */
/*
 * disk - read, write, verify or flush a virtual disk.
 *
 * The pattern is text that anybody can generate: lines of 32 bytes, each with
 * the seed and the line's own offset in bytes, as printf writes them with "%08x
 * %022u\n". It begins at the start of the disk.
 *
 * After a resume, requests that the old backend had not answered are sent
 * again.
 */
#ifndef KERNEL_DISK_H
#define KERNEL_DISK_H

#include "decide/command.h"

#define DISK_LINE_SIZE 32

/* Work: struct work in kernel/work.c says what each function does. */
void disk_start(const struct command *command, uint64_t now_ns);
bool disk_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void disk_stop(void);

/* End at once: give back all pages and ignore late answers. */
void disk_forget(void);

/* Write the pattern's lines from `offset` on. `offset` and `size` are in bytes,
 * and whole lines. `lines` is aligned to 8 bytes. A call is cheap if it goes on
 * where the last one ended. */
void disk_fill(uint32_t seed, uint64_t offset, void *lines, size_t size);

#endif
