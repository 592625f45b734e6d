/* SPDX-License-Identifier: MIT */
/*
 * answer - the VM's answer to a command, as one JSON object. Pure.
 */
#ifndef DECIDE_ANSWER_H
#define DECIDE_ANSWER_H

#include "decide/command.h"
#include "lib/format.h"

enum result {
    RESULT_REFUSED,
    RESULT_ARMED,
    RESULT_STARTED,
    RESULT_DONE,
    RESULT_FAILED,
    RESULT_COUNT,
};

/* As in an answer. */
extern const char *const result_names[RESULT_COUNT];

/* A member that is null, empty or false is left out of the answer. */
struct answer {
    unsigned int seq;
    struct text id;
    bool in_step; /* the answer is about a command in an array */
    unsigned int step;
    enum result result;
    const char *error;                   /* a sentence */
    const char *detail;                  /* more members, as JSON */
    const struct command_report *report; /* for the list of ignored members */
};

void answer_write(struct writer *writer, const struct answer *answer);

/* Write the ignored members, quoted, with commas between them. */
void answer_write_ignored(struct writer *writer,
                          const struct command_report *report);

#endif
