/* SPDX-License-Identifier: MIT */
/*
 * answer - what the VM says about a command, as one JSON object. Pure.
 */
#ifndef DECIDE_ANSWER_H
#define DECIDE_ANSWER_H

#include "decide/command.h"
#include "lib/format.h"

/* What is not there is null, empty or false, and left out. */
struct answer {
    unsigned int seq;
    struct text id;
    bool in_step; /* it is about a command in an array: */
    unsigned int step;
    const char *result;
    const char *error;                   /* a sentence */
    const char *detail;                  /* more members, as JSON */
    const struct command_report *report; /* for the members ignored */
};

void answer_write(struct writer *writer, const struct answer *answer);

/* The members ignored, quoted, with commas between them. */
void answer_write_ignored(struct writer *writer,
                          const struct command_report *report);

#endif
