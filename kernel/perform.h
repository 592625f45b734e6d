/* SPDX-License-Identifier: MIT */
/*
 * perform - does all actions except suspend, work and "ignore".
 */
#ifndef KERNEL_PERFORM_H
#define KERNEL_PERFORM_H

#include "decide/control.h"

/*
 * Do `action`, of COURSE_QUICK or COURSE_END. `command` is the command of the
 * control's program that asks for it, or null if a request did. Returns only
 * from COURSE_QUICK: then *outcome is the result, valid until the next call.
 */
void perform(enum action action, const struct control *control,
             const struct command *command, struct outcome *outcome);

#endif
