/* SPDX-License-Identifier: MIT */
/*
 * fake/host - a host with one guest: kernel_main() from its start to its end.
 *
 * The guest has a console, a store and a toolstack, which is a list of steps:
 * the next one is taken whenever the guest waits and everybody else sleeps, and
 * when the list is at its end, the guest is left where it is. Suspends end as
 * fake_host.outcome says.
 *
 * Fails the test when the guest suspends with something unfinished, or sets a
 * watch that it has.
 */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fake/arch.h"
#include "tests/fake/store.h"

#define FAKE_REFUSED (-22) /* what Xen refuses a suspend with: EINVAL */
#define FAKE_SLOW    2     /* the same domain, told that it is a new one */

struct fake_host {
    const char *command_line; /* for the guest */
    bool command_line_cut;
    uint64_t memory_kib;
    bool memory_is_maximum;
    bool data_is_executable;
    int outcome;         /* of a suspend: ARCH_RESUMED, ..., or one of FAKE_ */
    bool keeps_rings;    /* resumed: pages and indices are as they were */
    uint32_t index;      /* resumed otherwise: ring indices start here */
    uint64_t away_ns;    /* how long a suspend takes by both clocks */
    int64_t other_ns;    /* ... and what the new host's system time differs */
    uint64_t pages_lost; /* in a new domain */

    unsigned int domain; /* the guest's id: 8, and one more by each resume */
    unsigned int suspend_count;
    uint32_t vcpus_up;               /* at the end, as in struct fake_arch */
    uintptr_t stack_low, stack_high; /* where it was at suspends */

    void (*away)(void); /* called while it is suspended; may be null */

    /* As in struct fake_store. */
    void (*before)(const struct fake_request *request);
};

extern struct fake_host fake_host;

/* A host just switched on, no words on the command line. */
void fake_host_start(void);

/* One thing that is done to the guest, or that is true of it by then. */
struct fake_host_step {
    enum {
        FAKE_WRITE,
        FAKE_HOLDS,
        FAKE_LOGGED,
        FAKE_DO,
        FAKE_WAIT,
        FAKE_END
    } kind;
    const char *path, *text; /* null text: removed, or absent */
    void (*act)(void);
    unsigned int ms;
};

#define WRITE(path, text)                                                      \
    {                                                                          \
        FAKE_WRITE, path, text, 0, 0                                           \
    }
#define HOLDS(path, text)                                                      \
    {                                                                          \
        FAKE_HOLDS, path, text, 0, 0                                           \
    }
#define LOGGED(text)                                                           \
    {                                                                          \
        FAKE_LOGGED, 0, text, 0, 0                                             \
    }
#define DO(act)                                                                \
    {                                                                          \
        FAKE_DO, 0, 0, act, 0                                                  \
    }

/* The toolstack does nothing for so many ms; the guest may. */
#define WAIT(ms)                                                               \
    {                                                                          \
        FAKE_WAIT, 0, 0, 0, ms                                                 \
    }

/* Boot the guest and take the steps; the result is fake_run()'s. */
unsigned int fake_host_run(const struct fake_host_step *steps);

#define RUN(...)                                                               \
    fake_host_run(                                                             \
        (const struct fake_host_step[]){__VA_ARGS__, {FAKE_END, 0, 0, 0, 0}})

/* How often the guest has logged this. */
unsigned int fake_host_logged(const char *part);

/* The line with which the guest has panicked, without its time; null: it has
 * not. A text that is quoted in another line is none. */
const char *fake_host_panic(void);

#endif
