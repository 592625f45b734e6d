/* SPDX-License-Identifier: MIT */
/*
 * wait - the verb that waits for a state, for a new answer, or for the end; see
 * verbs.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/macros.h"
#include "vmctl/domains.h"
#include "vmctl/reply.h"
#include "vmctl/store.h"
#include "vmctl/tasks.h"
#include "vmctl/verbs.h"

/* kernel/publish.c publishes these. */
static const char *const states[] = {"ready", "armed",      "waiting", "busy",
                                     "deaf",  "suspending", "stopping"};

const char *wait_word(unsigned int index)
{
    static const char *const others[] = {"answer", "gone", NULL};

    if (index < ARRAY_COUNT(states))
        return states[index];
    return others[index - ARRAY_COUNT(states)];
}

static const char *wanted;
static int seconds;

static void look_for_state(struct task *task)
{
    free(task->state);
    task->state = task_read(task, OWN "/state");
    if (task->state && strcmp(task->state, wanted) == 0)
        task_end(task, STATUS_DONE, NULL);
    else if (!task->state && !domain_is_there(task->domid))
        task->is_due = task_follow(task);
}

static void look_for_answer(struct task *task)
{
    char *answer = task_read(task, OWN "/reply");
    struct reply reply;

    if (!answer && !domain_is_there(task->domid)) {
        task->is_due = task_follow(task);
        return;
    }
    /* The first look: what is there is not new. */
    if (!task->is_prepared || !answer ||
        (task->before && strcmp(task->before, answer) == 0)) {
        task->is_prepared = true;
        free(task->before);
        task->before = answer;
        return;
    }
    reply_read(&reply, answer);
    task_answer(task, reply_status(&reply), answer);
}

static void look_for_end(struct task *task)
{
    if (!domain_is_there(task->domid))
        task_end(task, STATUS_DONE, NULL);
}

static void late(struct task *task)
{
    if (!task->has_domain || !domain_is_there(task->domid))
        task_absent(task);
    else if (strcmp(wanted, "gone") == 0)
        task_end(task, STATUS_TIME_OUT,
                 text_from("time-out after %d s: domain %u is there still",
                           seconds, task->domid));
    else if (strcmp(wanted, "answer") == 0)
        task_end(task, STATUS_TIME_OUT,
                 text_from("time-out after %d s: no new answer from domain %u",
                           seconds, task->domid));
    else
        task_end(task, STATUS_TIME_OUT,
                 text_from("time-out after %d s: the state of domain %u is "
                           "%s, not %s",
                           seconds, task->domid,
                           task->state ? task->state : "none", wanted));
}

static bool is_state(const char *word)
{
    for (size_t i = 0; i < ARRAY_COUNT(states); i++) {
        if (strcmp(word, states[i]) == 0)
            return true;
    }
    return false;
}

int verb_wait(const struct arguments *arguments)
{
    static struct task_course course = {.late = late, .finds_later = true};

    wanted = arguments->words[0];
    seconds = arguments->seconds < 0 ? TASK_SECONDS : arguments->seconds;
    if (strcmp(wanted, "gone") == 0) {
        course.look = look_for_end;
        course.absent_is_done = true;
    } else if (strcmp(wanted, "answer") == 0) {
        course.look = look_for_answer;
    } else if (is_state(wanted)) {
        course.look = look_for_state;
    } else {
        wrong("wait takes ready, armed, waiting, busy, deaf, suspending, "
              "stopping, answer or gone, not \"%s\"",
              wanted);
    }
    return tasks_run(arguments, &course);
}
