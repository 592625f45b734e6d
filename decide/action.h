/* SPDX-License-Identifier: MIT */
/*
 * action - all actions that a tester or a toolstack can ask for, one row each.
 * Pure.
 *
 * A row has the name of the action, its members, its course, and how it ends
 * the domain. The code of an action is in kernel/perform.c, or in kernel/work.c
 * if the action takes time.
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
    ACTION_CAPABILITIES,
    ACTION_DISK,
    ACTION_TRANSMIT,
    ACTION_FRONTEND,
    ACTION_ADDRESS,
    ACTION_BALLOON,
    ACTION_VCPUS,
    ACTION_BUSY,
    ACTION_ATTACK,
    ACTION_HYPERCALL,
    ACTION_COUNT,
};

/* The members of a command; their rows are in language.c. A command is read in
 * this order. */
enum member {
    /* First, so that a refusal of any other member can repeat the id. */
    MEMBER_ID,
    /* Before the others: these two decide which members are permitted. */
    MEMBER_WHEN,
    MEMBER_ACTION,
    MEMBER_ACK,
    MEMBER_REQUEST,
    MEMBER_ACK_DELAY_MS,
    MEMBER_ACTION_DELAY_MS,
    MEMBER_COUNT,
    /* Only some actions take the others. */
    MEMBER_CODE,
    MEMBER_MIB,
    MEMBER_MIB_PER_S,
    MEMBER_SECONDS,
    MEMBER_BYTES,
    MEMBER_WRITES,
    MEMBER_PATH,
    MEMBER_VALUE,
    MEMBER_DEVICE,
    MEMBER_OP,
    MEMBER_SEED,
    MEMBER_FRAMES,
    MEMBER_MODE,
    MEMBER_KIB_PER_S,
    MEMBER_PERCENT,
    MEMBER_VCPU,
    MEMBER_IP,
    MEMBER_TRIES,
    MEMBER_NUMBER,
    MEMBER_ARGS,
    MEMBER_PAGE,
    MEMBERS, /* how many there are */
};

_Static_assert(MEMBERS <= 32, "a set of members is a uint32_t");

/* The course of an action: how it goes on with its program, and when its
 * command is answered. */
enum course {
    COURSE_NOTHING, /* nothing to do; answered "done" */
    COURSE_END,     /* nothing comes after it; answered "done" before it */
    COURSE_QUICK,   /* answered "done" or "failed" after it */
    COURSE_SUSPEND, /* "started"; "done" or "failed" when the VM is back */
    COURSE_WORK,    /* work: "started"; "done" or "failed" at its end */
};

struct action_row {
    const char *name;
    enum course course;
    bool is_request; /* control/shutdown may also ask for it */
    bool stops;      /* the domain ends; by the hypercall if has_reason */
    bool has_reason; /* reason holds SHUTDOWN_* of xen/sched.h */
    uint8_t reason;
    /* Sets of its own members: bit N is member N. */
    uint32_t needs, allows;
};

extern const struct action_row action_rows[ACTION_COUNT];

/* The result of an action. */
struct outcome {
    const char *error;  /* a sentence; null: success */
    const char *detail; /* more members of the answer, as JSON; null: none */
};

/* An error of each action that needs a device. */
#define OUTCOME_NO_DEVICE "there is no such device"

/* Find an action by its name. False: there is none. */
bool action_of(struct text name, enum action *action);

/* Find the action that a toolstack's shutdown request asks for. False: none. */
bool action_of_request(struct text request, enum action *action);

#endif
