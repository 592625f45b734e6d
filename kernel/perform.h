/* SPDX-License-Identifier: MIT */
/*
 * perform - does all actions except suspend and work.
 */
#ifndef KERNEL_PERFORM_H
#define KERNEL_PERFORM_H

#include "decide/control.h"

/*
 * Do `action`; `command` is the command that asks for it, or null for a
 * request. Returns only from COURSE_QUICK. Then *outcome is the result and is
 * valid until the next call.
 */
void perform(enum action action, const struct control *control,
             const struct command *command, struct outcome *outcome);

#endif
