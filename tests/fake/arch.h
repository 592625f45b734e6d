/* SPDX-License-Identifier: MIT */
/*
 * fake/arch - the host as an architecture: arch/arch.h for unit tests.
 *
 * Event channels lead to peers, functions that do what a daemon does. A peer
 * sleeps until the guest sends an event to its port and works until it finds
 * nothing more to do, so an event that is not sent is missed here as it is on
 * Xen. There is one thread: peers work while the guest is in an arch_*() call.
 *
 *   orderly:  while the guest waits, until all of them sleep again
 *   shuffled: at every call, a random number of steps, as if on other CPUs
 *
 * Trusts the test. A guest that waits for what cannot come, or stops when it
 * should not, fails the test; nothing here hangs.
 */
#ifndef TESTS_FAKE_ARCH_H
#define TESTS_FAKE_ARCH_H

#include <stdbool.h>

#include "arch/arch.h"

#define FAKE_PORT_MAX    16 /* of ports that have a peer */
#define FAKE_GRANT_COUNT 512

/* What happened, and what shall happen. */
struct fake_arch {
    uint64_t time_ns;                         /* a wait advances it */
    unsigned int notify_count[FAKE_PORT_MAX]; /* events the guest sent */
    unsigned int wait_count;                  /* times that it waited */
    uint64_t deadline_ns;                     /* of the last wait */
    int send_error, wait_error, map_error;    /* hypercalls that fail */
    unsigned int map_count;                   /* of the grant table */
    struct grant_entry_v1 grants[FAKE_GRANT_COUNT];

    /* Called once, when the guest waits and everybody sleeps; may be null. */
    void (*when_stuck)(void);
};

extern struct fake_arch fake_arch;

/* A machine just switched on: no peers, orderly, the grant table free. */
void fake_arch_start(void);

/* Shuffle from now on; 0: be orderly. */
void fake_shuffle(unsigned int seed);

/* The next random number, 0 up to `below` - 1; orderly: always the largest. */
unsigned int fake_random(unsigned int below);

/*
 * Put a peer at the other end of a port. `step` does some work and says whether
 * there was any.
 */
void fake_connect(evtchn_port_t port, bool (*step)(void));

/* The peer has something to do by itself. */
void fake_wake(evtchn_port_t port);

/* The peer sends an event to the guest. */
void fake_raise(evtchn_port_t port);

/* Let each peer that is awake do one step. False: all of them sleep. */
bool fake_step(void);

/* Run `guest` until it calls arch_stop(); the result is the reason. */
unsigned int fake_run(void (*guest)(void));

#endif
