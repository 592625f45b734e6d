/* SPDX-License-Identifier: MIT */
/*
 * command - from the text of a testing node to a command. Pure.
 *
 * The three tables here are the language: docs/control-protocol.md is checked
 * against them. A text is understood whole or refused whole.
 */
#ifndef KERNEL_COMMAND_H
#define KERNEL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"
#include "lib/text.h"

/* Limits, in bytes of decoded text. */
#define COMMAND_TEXT_MAX 2047 /* a whole message */
#define COMMAND_ACK_MAX  256
#define COMMAND_ID_MAX   64

#define COMMAND_IGNORED_MAX 4   /* unknown members that are named */
#define COMMAND_WORD_MAX    64  /* bytes kept of such a name */
#define COMMAND_ERROR_MAX   256 /* of a refusal, with a NUL */

enum command_when {
    WHEN_NOW,
    WHEN_ONSHUTDOWN,
};

/* How to acknowledge: what to do with the node. */
enum ack {
    ACK_WRITE, /* write a text, which may be empty */
    ACK_NONE,
    ACK_DELETE,
};

enum action {
    ACTION_SUSPEND,
    ACTION_POWEROFF,
    ACTION_REBOOT,
    ACTION_HALT,
    ACTION_CRASH,
    ACTION_IGNORE,
    ACTION_COUNT,
};

struct command {
    enum command_when when;
    enum ack ack;
    enum action action;
    size_t ack_size;
    size_t id_size; /* 0: none */
    char ack_text[COMMAND_ACK_MAX];
    char id[COMMAND_ID_MAX];
};

/* What there is to say about a text besides the command. */
struct command_report {
    char error[COMMAND_ERROR_MAX]; /* a sentence; only if it was refused */
    size_t id_size;                /* the id, if it could be read */
    char id[COMMAND_ID_MAX];
    unsigned int ignored_count; /* unknown members, in all */
    size_t ignored_size[COMMAND_IGNORED_MAX];
    char ignored[COMMAND_IGNORED_MAX][COMMAND_WORD_MAX];
};

/*
 * Understand `text`. 0: *command is filled in; -XEN_EINVAL: it is refused, and
 * report->error says why. *report is filled in either way.
 */
int command_parse(struct text text, struct command *command,
                  struct command_report *report) MUST_CHECK;

/* What there is to know about an action: a row a piece. */
struct action_row {
    const char *name;
    bool is_request; /* control/shutdown may ask for it too */
    bool stops;      /* the VM ends, with this reason: */
    uint8_t reason;  /* SHUTDOWN_* of xen/sched.h */
};

extern const struct action_row action_rows[ACTION_COUNT];

/* The action that a toolstack's shutdown request asks for. False: none does. */
bool action_of_request(struct text request, enum action *action);

#endif
