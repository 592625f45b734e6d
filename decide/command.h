/* SPDX-License-Identifier: MIT */
/*
 * command - from the text of a testing node to a program of commands. Pure.
 *
 * A command alone is a program of one. The tables here and in action.c are the
 * language: docs/control-protocol.md is checked against them. A text is
 * understood whole or refused whole.
 */
#ifndef DECIDE_COMMAND_H
#define DECIDE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide/action.h"
#include "lib/macros.h"
#include "lib/text.h"

/* Limits, in bytes of decoded text. */
#define COMMAND_TEXT_MAX  2047 /* a whole message */
#define COMMAND_ID_MAX    64
#define COMMAND_ACK_MAX   256
#define COMMAND_PATH_MAX  256
#define COMMAND_VALUE_MAX 1024

#define COMMAND_DELAY_MAX 3600000 /* ms */
#define COMMAND_COUNT_MAX 1000000
#define COMMAND_CODE_MAX  255
#define COMMAND_VCPU_MAX  31 /* ARCH_VCPU_MAX is one more */
#define PROGRAM_STEP_MAX  16

#define QUOTED_MAX 200 /* bytes shown of text from outside */

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

enum device_type {
    DEVICE_VBD,
    DEVICE_VIF,
};

enum disk_op {
    DISK_READ,
    DISK_WRITE,
    DISK_VERIFY, /* read, and compare with what a write left */
    DISK_FLUSH,
};

/* How a frontend is to behave. */
enum device_mode {
    MODE_AS_IT_IS,
    MODE_OBEY,
    MODE_NEVER_CONNECT,
    MODE_REFUSE_CLOSE,
    MODE_CLOSE_LATE,
    MODE_DISCONNECT, /* now, by itself */
    MODE_CORRUPT,    /* the ring's indices, now */
};

/* How the balloon is to behave. */
enum balloon_mode {
    BALLOON_AS_IT_IS, /* at first: obey */
    BALLOON_OBEY,
    BALLOON_REFUSE,    /* stay as it is */
    BALLOON_SLOW,      /* so many KiB a second */
    BALLOON_PARTIAL,   /* so much of the way to the target, in percent */
    BALLOON_OSCILLATE, /* to the target, and away from it, each second */
    BALLOON_STUCK,     /* obey, and say that it is not over */
};

/* How the vCPUs are to behave. */
enum vcpus_mode {
    VCPUS_AS_IT_IS, /* at first: obey */
    VCPUS_OBEY,
    VCPUS_REFUSE, /* stay as they are */
    VCPUS_LATE,   /* so much later */
};

/* Decoded text of a program: where it lies in its `texts`. */
struct span {
    uint16_t at, size;
};

struct command {
    enum command_when when;
    enum ack ack;
    enum action action;
    struct span id;      /* empty: none */
    struct span request; /* empty: any */
    struct span ack_text;
    struct span path, value;
    uint32_t ack_delay_ms, action_delay_ms;
    uint32_t count; /* 0: every request from now on */
    uint32_t code, mib, mib_per_s, seconds, bytes, writes, seed, frames;
    uint32_t kib_per_s, percent, vcpu;
    enum device_type device_type;
    uint32_t device; /* its number */
    enum disk_op op;
    enum device_mode mode;          /* of the action frontend */
    enum balloon_mode balloon_mode; /* ... balloon */
    enum vcpus_mode vcpus_mode;     /* ... vcpus */
    uint8_t ip[4];
};

struct program {
    struct command steps[PROGRAM_STEP_MAX];
    unsigned int count;
    bool is_array; /* its answers carry the step */
    size_t used;   /* bytes of `texts` */
    char texts[COMMAND_TEXT_MAX];
};

static inline struct text program_text(const struct program *program,
                                       struct span span)
{
    return (struct text){&program->texts[span.at], span.size};
}

/* What there is to say about a text besides the program. */
struct command_report {
    char error[COMMAND_ERROR_MAX]; /* a sentence; only if it was refused */
    bool in_step;                  /* it is about a command in an array: */
    unsigned int step;             /* the one that was refused */
    size_t id_size;                /* its id, if it could be read */
    char id[COMMAND_ID_MAX];
    unsigned int ignored_count; /* unknown members, in all */
    size_t ignored_size[COMMAND_IGNORED_MAX];
    char ignored[COMMAND_IGNORED_MAX][COMMAND_WORD_MAX];
};

/*
 * Understand `text`. 0: *program is filled in; -XEN_EINVAL: it is refused, and
 * report->error says why. *report is filled in either way. `mib_max` tells what
 * `mib` may be at most, and is only asked if there is one.
 */
int command_parse(struct text text, unsigned int (*mib_max)(void),
                  struct program *program,
                  struct command_report *report) MUST_CHECK;

#endif
