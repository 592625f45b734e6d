/* SPDX-License-Identifier: MIT */
/*
 * reply - what an answer of the VM says.
 */
#ifndef VMCTL_REPLY_H
#define VMCTL_REPLY_H

#include "decide/command.h"
#include "vmctl/say.h"

#define REPLY_RESULT_MAX 16

struct reply {
    char result[REPLY_RESULT_MAX]; /* "" if the text is no answer */
    bool has_id;
    char id[COMMAND_ID_MAX + 1]; /* decoded */
};

void reply_read(struct reply *reply, const char *text);

/* The exit status for this answer: done, or failed. */
enum status reply_status(const struct reply *reply);

#endif
