/* SPDX-License-Identifier: MIT */
/*
 * tasks - what a verb does with each VM. All VMs are waited for at the same
 * time, by events of xenstore.
 */
#ifndef VMCTL_TASKS_H
#define VMCTL_TASKS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmctl/arguments.h"
#include "vmctl/say.h"

#define TASK_SECONDS 30 /* limit of a task, if --timeout is not given */

struct task {
    const char *vm; /* as it was given, or its name */
    enum {
        BY_NUMBER, /* of the domain: it is not followed into another one */
        BY_NAME,
        BY_UUID,
    } by;
    bool has_domain;
    unsigned int domid;

    bool is_begun, is_over, is_told;
    bool is_due; /* something has changed */
    int64_t limit;
    enum status status;
    char *answer; /* null: none */
    char *error;  /* null: none */

    /* Of a message. */
    bool is_prepared;   /* the node belongs to the guest */
    bool may_be_absent; /* if it is made by a write, too */
    bool is_sent;
    unsigned int first_domid; /* it was sent to this domain */
    char *standing;           /* what another one has written to the node */
    char *before;             /* the newest answer before ours; null: none */
    char *state;              /* the newest that was read */
};

/* The functions of a verb. Each call is for one task. */
struct task_course {
    /* Look at the VM. Call task_end() if it is over. Called again whenever
     * something of this VM has changed. */
    void (*look)(struct task *task);
    /* The time is up: call task_end(). */
    void (*late)(struct task *task);
    bool finds_later;    /* the VM may appear during the wait */
    bool absent_is_done; /* a VM that is not there needs nothing */
    /* If not null: for a VM that is not there. True: it is over. */
    bool (*absent)(struct task *task);
};

/*
 * Do it for all VMs of the arguments, and print how it ends for each. Returns
 * the exit status.
 */
int tasks_run(const struct arguments *arguments,
              const struct task_course *course);

/* --- for courses ---------------------------------------------------------- */

/* The task is over. `error`, which may be null, is kept; see text_from(). */
void task_end(struct task *task, enum status status, char *error);

/* The task is over: there is no such VM. */
void task_absent(struct task *task);

/* The task is over with this answer of the VM, which is kept. */
void task_answer(struct task *task, enum status status, char *answer);

/*
 * The domain of the task is gone: look for another one. A VM given by number is
 * gone, too. False: there is none yet, or the task is over.
 */
bool task_follow(struct task *task);

/* A node of the task's domain, for the caller to free; null: there is none. */
char *task_read(const struct task *task, const char *name);

#endif
