/* SPDX-License-Identifier: MIT */
/*
 * verbs - what each verb does. Each function returns the exit status.
 */
#ifndef VMCTL_VERBS_H
#define VMCTL_VERBS_H

#include "vmctl/arguments.h"

/* now, onshutdown, program, send, report and capabilities (send.c) */
int verb_send(const struct arguments *arguments);

/* wait (wait.c) */
int verb_wait(const struct arguments *arguments);

/* The words that `wait` takes. Null: there are no more. */
const char *wait_word(unsigned int index);

/* status, log and list (show.c) */
int verb_status(const struct arguments *arguments);
int verb_log(const struct arguments *arguments);
int verb_list(const struct arguments *arguments);

/* watch (watch.c) */
int verb_watch(const struct arguments *arguments);

/* completion (completion.c) */
int verb_completion(const struct arguments *arguments);

#endif
