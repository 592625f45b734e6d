/* SPDX-License-Identifier: MIT */
/*
 * message - the text of a command, and which answers belong to it. The VM's own
 * reader of commands checks it.
 */
#ifndef VMCTL_MESSAGE_H
#define VMCTL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "decide/command.h"

/* A member as it was given on the command line. */
struct member_value {
    const char *name; /* as in JSON */
    const char *value;
    bool is_text;
};

struct message {
    char *text;
    size_t size;
    struct program program;       /* the commands */
    bool is_refused;              /* the VM would refuse them */
    struct command_report report; /* and this is why */
};

/* All of these allocate message->text. */

/* A command of members, with an id if they have none. */
void message_of_members(struct message *message,
                        const struct member_value *members, unsigned int count);

/* A command or a program. Each command without an id gets one, unless the text
 * is no JSON or would become too long for the VM. */
void message_of_program(struct message *message, const char *text, size_t size);

/* The text as it is. */
void message_of_text(struct message *message, const char *text, size_t size);

/* Whether the domain ends at once if the VM obeys. */
bool message_ends(const struct message *message);

/* Whether an answer with this result and this id (null: without one) belongs to
 * the message. */
bool message_is_answered_by(const struct message *message, const char *result,
                            const char *id);

#endif
