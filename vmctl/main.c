/* SPDX-License-Identifier: MIT */
/*
 * vmctl - sends commands to xen-test-vm from dom0, to one VM or to many, and
 * waits for the answers. See docs/vmctl.1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmctl/arguments.h"
#include "vmctl/output.h"
#include "vmctl/say.h"
#include "vmctl/verbs.h"

static int (*const verbs[VERB_COUNT])(const struct arguments *arguments) = {
    [VERB_NOW] = verb_send,
    [VERB_ONSHUTDOWN] = verb_send,
    [VERB_ATTACK] = verb_send,
    [VERB_PROGRAM] = verb_send,
    [VERB_SEND] = verb_send,
    [VERB_WAIT] = verb_wait,
    [VERB_STATUS] = verb_status,
    [VERB_REPORT] = verb_send,
    [VERB_CAPABILITIES] = verb_send,
    [VERB_LOG] = verb_log,
    [VERB_LIST] = verb_list,
    [VERB_WATCH] = verb_watch,
    [VERB_COMPLETION] = verb_completion,
};

/* An answer that could not be printed is lost: say so at the end. */
static void check_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    say("cannot print: %s", strerror(errno));
    _exit(STATUS_FAILED);
}

int main(int count, char **words)
{
    struct arguments arguments;

    if (atexit(check_output) != 0)
        return STATUS_FAILED;
    arguments_read(&arguments, count, words);
    if (arguments.json)
        output_json();
    return verbs[arguments.verb](&arguments);
}
