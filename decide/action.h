/* SPDX-License-Identifier: MIT */
/*
 * action - what a tester or a toolstack can ask for: a row a piece. Pure.
 *
 * What an action is called, what it takes, how it ends and how it is answered.
 * What it does is in kernel/perform.c, or in kernel/work.c if it takes time.
 */
#ifndef DECIDE_ACTION_H
#define DECIDE_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

enum action {
    ACTION_SUSPEND,
    ACTION_POWEROFF,
    ACTION_REBOOT,
    ACTION_HALT,
    ACTION_CRASH,
    ACTION_IGNORE,
    ACTION_WATCHDOG,
    ACTION_SOFT_RESET,
    ACTION_EXIT,
    ACTION_FAULT,
    ACTION_HANG,
    ACTION_SPIN,
    ACTION_DIRTY,
    ACTION_FLOOD,
    ACTION_STORM,
    ACTION_WRITE,
    ACTION_REMOVE,
    ACTION_REPORT,
    ACTION_DISK,
    ACTION_TRANSMIT,
    ACTION_FRONTEND,
    ACTION_ADDRESS,
    ACTION_BALLOON,
    ACTION_VCPUS,
    ACTION_BUSY,
    ACTION_COUNT,
};

/* The members that are an action's own: command.c has their names. */
enum {
    TAKES_CODE = 1 << 0,
    TAKES_MIB = 1 << 1,
    TAKES_MIB_PER_S = 1 << 2,
    TAKES_SECONDS = 1 << 3,
    TAKES_BYTES = 1 << 4,
    TAKES_WRITES = 1 << 5,
    TAKES_PATH = 1 << 6,
    TAKES_VALUE = 1 << 7,
    TAKES_DEVICE = 1 << 8,
    TAKES_OP = 1 << 9,
    TAKES_SEED = 1 << 10,
    TAKES_FRAMES = 1 << 11,
    TAKES_MODE = 1 << 12,
    TAKES_IP = 1 << 13,
    TAKES_KIB_PER_S = 1 << 14,
    TAKES_PERCENT = 1 << 15,
    TAKES_VCPU = 1 << 16,
};

/* How an action goes on, and when its command is answered. */
enum course {
    COURSE_NOTHING, /* there is nothing to do: done */
    COURSE_END,     /* nothing comes after it: done, before */
    COURSE_QUICK,   /* done or failed, after it */
    COURSE_SUSPEND, /* started; done or failed, when the VM is back */
    COURSE_WORK,    /* started; done or failed, at its end, in the background */
};

struct action_row {
    const char *name;
    enum course course;
    bool is_request; /* control/shutdown may ask for it too */
    bool stops;      /* the domain ends; by the hypercall if there is */
    bool has_reason; /* a reason here, SHUTDOWN_* of xen/sched.h */
    uint8_t reason;
    uint32_t needs, allows; /* TAKES_*: members without which, with which */
};

extern const struct action_row action_rows[ACTION_COUNT];

/* How an action went. */
struct outcome {
    const char *error;  /* a sentence; null: well */
    const char *detail; /* members of the answer, as JSON; null: none */
};

/* The action of that name. False: there is none. */
bool action_of(struct text name, enum action *action);

/* The action that a toolstack's shutdown request asks for. False: none does. */
bool action_of_request(struct text request, enum action *action);

#endif
