/* SPDX-License-Identifier: MIT */
/*
 * work - actions that take time, in slices between the messages.
 *
 * At most one runs at a time. A slice is short, and work with nothing to do
 * says when it wants the next slice, so work never keeps the VM from obeying.
 * All times are those of clock_ns().
 */
#ifndef KERNEL_WORK_H
#define KERNEL_WORK_H

#include "decide/command.h"

/* Begin. Work that is running is forgotten. `command` is one of the program;
 * both are used only in this call. */
void work_start(const struct program *program, const struct command *command,
                uint64_t now_ns);

bool work_is_running(void);

/* When the next slice is due. TIME_NEVER: not before an event. */
uint64_t work_deadline(void);

/* The next slice is due now. */
void work_hurry(void);

/* Do a slice. True: the work is over, and *outcome is its result. */
bool work_run(uint64_t now_ns, struct outcome *outcome);

/* The number of wrong words of memory since the last call. */
unsigned int work_memory_errors(void);

/* Stop soon: the next slices do what is left to do at the end. */
void work_stop(void);

/* The domain was suspended. in_new_domain: it is another one now. */
void work_resumed(bool in_new_domain);

#endif
