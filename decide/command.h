/* SPDX-License-Identifier: MIT */
/*
 * command - parses the text of a testing node into a program of commands. Pure.
 *
 * A single command is a program of one step. Its tables are in language.c and
 * action.c. A text is accepted as a whole or refused as a whole.
 */
#ifndef DECIDE_COMMAND_H
#define DECIDE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decide/action.h"
#include "lib/macros.h"
#include "lib/text.h"

/* Limits of texts, in bytes after decoding. */
#define COMMAND_TEXT_MAX     2047 /* of a whole message */
#define COMMAND_ID_MAX       64
#define COMMAND_ACK_MAX      256
#define COMMAND_PATH_MAX     256
#define COMMAND_VALUE_MAX    1024
#define COMMAND_OPERANDS_MAX 1024 /* of `args`, and of `page` */

#define COMMAND_DELAY_MAX 3600000 /* ms: one hour */
#define COMMAND_COUNT_MAX 1000000 /* requests */
#define COMMAND_CODE_MAX  255     /* the reason of a shutdown, xen/sched.h */
#define COMMAND_VCPU_MAX  31      /* ARCH_VCPU_MAX is one more */
#define COMMAND_TRIES_MAX 1000000 /* of an attack, of a hypercall */
#define PROGRAM_STEP_MAX  16

#define QUOTED_MAX 200 /* bytes of foreign text that are shown */

#define COMMAND_IGNORED_MAX 4   /* unknown members that are listed */
#define COMMAND_WORD_MAX    64  /* bytes kept of the name of such a member */
#define COMMAND_ERROR_MAX   256 /* of a refusal, including a NUL */

enum command_when {
    WHEN_NOW,
    WHEN_ONSHUTDOWN,
};

/* How to acknowledge a message: what happens to the node. */
enum ack {
    ACK_WRITE, /* write ack_text, which may be empty */
    ACK_NONE,
    ACK_DELETE,
};

enum device_type {
    DEVICE_VBD,
    DEVICE_VIF,
    DEVICE_TYPE_COUNT,
};

enum disk_op {
    DISK_READ,
    DISK_WRITE,
    DISK_VERIFY, /* read, and compare with the pattern that a write left */
    DISK_FLUSH,
};

/* The mode of a frontend. */
enum device_mode {
    MODE_AS_IT_IS,
    MODE_OBEY,
    MODE_NEVER_CONNECT,
    MODE_REFUSE_CLOSE,
    MODE_CLOSE_LATE,
    MODE_DISCONNECT, /* at once, without a request of the backend */
    MODE_CORRUPT,    /* corrupt the ring's indices at once */
};

/* The mode of the balloon. */
enum balloon_mode {
    BALLOON_AS_IT_IS, /* keep the mode; at boot: obey */
    BALLOON_OBEY,
    BALLOON_REFUSE,    /* keep the present size */
    BALLOON_SLOW,      /* kib_per_s at most */
    BALLOON_PARTIAL,   /* percent of the way to the target */
    BALLOON_OSCILLATE, /* to the target and away from it, each second */
    BALLOON_STUCK,     /* obey, and report that it has not finished */
};

/* The mode of the vCPUs. */
enum vcpus_mode {
    VCPUS_AS_IT_IS, /* keep the mode; at boot: obey */
    VCPUS_OBEY,
    VCPUS_REFUSE, /* keep the present vCPUs */
    VCPUS_LATE,   /* obey after `seconds` */
};

/* The attack on the host. Attacks on the same part of it follow one another:
 * kernel/attack.c. */
enum attack_mode {
    ATTACK_LIST, /* no attack: name all of them */
    ATTACK_STORE_WATCHES,
    ATTACK_STORE_TRANSACTIONS,
    ATTACK_STORE_NODES,
    ATTACK_STORE_DEEP,
    ATTACK_STORE_LARGE,
    ATTACK_STORE_CONFLICTS,
    ATTACK_STORE_SPY,
    ATTACK_STORE_PERMISSIONS,
    ATTACK_STORE_BYTES,
    ATTACK_STORE_WRONG,
    ATTACK_STORE_UNREAD,
    ATTACK_STORE_SILENCE,
    ATTACK_STORE_LIES,
    ATTACK_CONSOLE_BYTES,
    ATTACK_CONSOLE_LIES,
    ATTACK_CONSOLE_DEAF,
    ATTACK_EVTCHN_PORTS,
    ATTACK_EVTCHN_EVENTS,
    ATTACK_EVTCHN_OTHERS,
    ATTACK_GRANT_ENTRIES,
    ATTACK_GRANT_FLAP,
    ATTACK_DEVICE_STATES,
    ATTACK_DEVICE_NODES,
    ATTACK_DISK_REQUESTS,
    ATTACK_NET_REQUESTS,
    ATTACK_NET_BUFFERS,
    ATTACK_COUNT,
};

/* A decoded text of a program, as its place in program->texts. */
struct span {
    uint16_t at, size;
};

struct command {
    enum command_when when;
    enum ack ack;
    enum action action;
    struct span id;      /* empty: no id */
    struct span request; /* empty: any request */
    struct span ack_text;
    /* No action takes both of a pair. */
    union {
        struct span path, args; /* args, page: operands.h */
    };
    union {
        struct span value, page;
    };
    uint32_t ack_delay_ms, action_delay_ms;
    uint32_t count; /* 0: all requests from now on */
    union {
        uint32_t code, number;
    };
    uint32_t mib, mib_per_s, seconds, bytes, writes, seed, frames;
    uint32_t kib_per_s, percent, vcpu, tries;
    enum device_type device_type;
    uint32_t device; /* its number in device/TYPE/NUMBER */
    enum disk_op op;
    enum device_mode mode;          /* of the action "frontend" */
    enum balloon_mode balloon_mode; /* of the action "balloon" */
    enum vcpus_mode vcpus_mode;     /* of the action "vcpus" */
    enum attack_mode attack_mode;   /* of the action "attack" */
    uint8_t ip[4];
};

struct program {
    struct command steps[PROGRAM_STEP_MAX];
    unsigned int count;
    bool is_array; /* then each answer names its step */
    size_t used;   /* bytes of `texts` in use */
    char texts[COMMAND_TEXT_MAX];
};

static inline struct text program_text(const struct program *program,
                                       struct span span)
{
    return (struct text){&program->texts[span.at], span.size};
}

/* The result of parsing a text, besides the program. */
struct command_report {
    char error[COMMAND_ERROR_MAX]; /* a sentence; empty: accepted */
    bool in_step;                  /* the report is about an array's command */
    unsigned int step;             /* the refused command */
    size_t id_size;                /* that command's id, if it is readable */
    char id[COMMAND_ID_MAX];
    unsigned int ignored_count; /* unknown members, also those not listed */
    size_t ignored_size[COMMAND_IGNORED_MAX];
    char ignored[COMMAND_IGNORED_MAX][COMMAND_WORD_MAX];
};

/*
 * Parse `text`. 0: *program is filled in; -XEN_EINVAL: the text is refused, and
 * report->error says why. *report is filled in either way. `mib_max` returns
 * the greatest permitted `mib`; it is called only for a command that has `mib`.
 */
int command_parse(struct text text, unsigned int (*mib_max)(void),
                  struct program *program,
                  struct command_report *report) MUST_CHECK;

#endif
