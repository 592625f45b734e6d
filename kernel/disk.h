/* SPDX-License-Identifier: MIT */
/*
 * disk - read, write, verify or flush a virtual disk. It gets the pattern of
 * kernel/disk_lines.h, from its start on.
 *
 * After a resume, requests that the old backend had not answered are sent
 * again.
 */
#ifndef KERNEL_DISK_H
#define KERNEL_DISK_H

#include "decide/command.h"

/* Work: struct work in kernel/work.c says what each function does. */
void disk_start(const struct command *command, uint64_t now_ns);
bool disk_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);
void disk_stop(void);

/* End at once: give back all pages and ignore late answers. */
void disk_forget(void);

#endif
