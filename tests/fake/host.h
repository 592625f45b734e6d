/* SPDX-License-Identifier: MIT */
/*
 * fake/host - a host with one guest: kernel_main() from its start to its end.
 *
 * The guest has a console, a store and a toolstack. The toolstack is a list of
 * steps: it takes the next step whenever the guest waits and all peers sleep.
 * At the end of the list the run ends, and the guest stays where it is.
 * Suspends end as fake_host.outcome says.
 *
 * A guest fails the test if it suspends with something unfinished, or sets a
 * watch that it has already.
 */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fake/arch.h"
#include "tests/fake/store.h"

#define FAKE_REFUSED (-22) /* Xen refuses the suspend with EINVAL */
#define FAKE_SLOW    2     /* the same domain, but ARCH_RESUMED is returned */

struct fake_host {
    const char *command_line; /* for the guest */
    bool command_line_cut;
    uint64_t memory_kib;
    bool memory_is_maximum;
    bool data_is_executable;
    int outcome;         /* of a suspend: ARCH_... or FAKE_... */
    bool keeps_rings;    /* new domain: pages and indices stay */
    uint32_t index;      /* else: ring indices start here */
    uint64_t away_ns;    /* time of a suspend, for both clocks */
    int64_t other_ns;    /* added to system time on the new host */
    uint64_t pages_lost; /* in a new domain */

    unsigned int domain; /* the guest's id: 8 at first, + 1 for each resume */
    unsigned int suspend_count;
    uint32_t vcpus_up;               /* at the end; see struct fake_arch */
    uintptr_t stack_low, stack_high; /* stack addresses at suspends */

    void (*away)(void); /* called during a suspend; may be null */

    /* As in struct fake_store. */
    void (*before)(const struct fake_request *request);
};

extern struct fake_host fake_host;

/* A host just switched on; the command line is empty. */
void fake_host_start(void);

/* One step: something to do, or something that must be true by then. */
struct fake_host_step {
    enum {
        FAKE_WRITE,
        FAKE_HOLDS,
        FAKE_LOGGED,
        FAKE_DO,
        FAKE_WAIT,
        FAKE_END
    } kind;
    const char *path, *text; /* null text: remove, or absent */
    void (*act)(void);
    unsigned int ms;
};

/* Versions of clang-format have different layouts for these. */
/* clang-format off */
#define WRITE(path, text) {FAKE_WRITE, path, text, 0, 0}
#define HOLDS(path, text) {FAKE_HOLDS, path, text, 0, 0}
#define LOGGED(text)      {FAKE_LOGGED, 0, text, 0, 0}
#define DO(act)           {FAKE_DO, 0, 0, act, 0}

/* The toolstack does nothing for this time; the guest goes on. */
#define WAIT(ms)          {FAKE_WAIT, 0, 0, 0, ms}
/* clang-format on */

/* Boot the guest and take the steps; returns the result of fake_run(). */
unsigned int fake_host_run(const struct fake_host_step *steps);

#define RUN(...)                                                               \
    fake_host_run(                                                             \
        (const struct fake_host_step[]){__VA_ARGS__, {FAKE_END, 0, 0, 0, 0}})

/* How many times the guest has logged `part`. */
unsigned int fake_host_logged(const char *part);

/* The line with which the guest has panicked, without its time; null: it has
 * not. Such a text that another line quotes does not count. */
const char *fake_host_panic(void);

#endif
