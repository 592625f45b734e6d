/* SPDX-License-Identifier: MIT */
/*
 * arguments - the command line.
 */
#ifndef VMCTL_ARGUMENTS_H
#define VMCTL_ARGUMENTS_H

#include <stdbool.h>

#include "decide/action.h"
#include "vmctl/message.h"

enum verb {
    VERB_NOW,
    VERB_ONSHUTDOWN,
    VERB_ATTACK,
    VERB_PROGRAM,
    VERB_SEND,
    VERB_WAIT,
    VERB_STATUS,
    VERB_REPORT,
    VERB_CAPABILITIES,
    VERB_LOG,
    VERB_LIST,
    VERB_WATCH,
    VERB_COMPLETION,
    VERB_COUNT,
};

struct arguments {
    const char *const *vms; /* names, UUIDs, numbers and patterns */
    unsigned int vm_count;
    bool all; /* every VM that publishes, instead of `vms` */
    enum verb verb;
    const char *words[2]; /* behind the verb; null: not given */
    struct member_value members[MEMBERS];
    unsigned int member_count;
    const char *node;      /* to write the message to */
    int seconds;           /* for each VM; -1: not given */
    int seconds_in_all;    /* -1: not given */
    unsigned int parallel; /* VMs under way at the same time */
    bool no_wait, started, dry_run, json;
    bool list; /* attack: name the attacks */
};

/*
 * Read the command line. Ends the program after a wrong one, and after --help
 * and --version.
 */
void arguments_read(struct arguments *arguments, int count, char **words);

/* The name of a verb. */
const char *arguments_verb(enum verb verb);

#endif
