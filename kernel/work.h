/* SPDX-License-Identifier: MIT */
/*
 * work - actions that take time, in slices between the messages.
 *
 * One at most runs. A slice is short, and whoever has nothing to do says when
 * it wants the next one: nothing here keeps the VM from obeying. Times are
 * clock_ns().
 */
#ifndef KERNEL_WORK_H
#define KERNEL_WORK_H

#include "decide/command.h"

/* Begin; what ran before is forgotten. `command` is needed only now. */
void work_start(const struct command *command, uint64_t now_ns);

bool work_is_running(void);

/* When the next slice is wanted, TIME_NEVER: not before an event. */
uint64_t work_deadline(void);

/* A slice. True: the work is over, *outcome says how it went. */
bool work_run(uint64_t now_ns, struct outcome *outcome);

/* Words of memory that the work found wrong since the last call. */
unsigned int work_memory_errors(void);

/* End it soon: the next slices do what is left to do at its end. */
void work_stop(void);

/* The domain was suspended. */
void work_resumed(void);

#endif
