/* SPDX-License-Identifier: MIT */
/*
 * perform - what each action does, but for suspend and for work.
 */
#ifndef KERNEL_PERFORM_H
#define KERNEL_PERFORM_H

#include "decide/control.h"

/*
 * Do `action`, that of `command` or of a request (null). Returns only if it is
 * COURSE_QUICK; then *outcome says how it went and is good until the next call.
 */
void perform(enum action action, const struct control *control,
             const struct command *command, struct outcome *outcome);

#endif
