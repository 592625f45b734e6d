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
 * Trusts the test. A guest that waits for what cannot come, stops or suspends
 * when it should not, or uses a port of a domain that it is no longer, fails
 * the test; nothing here hangs.
 */
#ifndef TESTS_FAKE_ARCH_H
#define TESTS_FAKE_ARCH_H

#include <stdbool.h>

#include "arch/arch.h"

#define FAKE_PORT_MAX    32 /* of ports that have a peer */
#define FAKE_GRANT_COUNT 512
#define FAKE_TRACE_MAX   4096
#define FAKE_LEFT        1000 /* fake_run(): by fake_leave() */
#define FAKE_FAULT       1001 /* ... by arch_fault() */

/* What happened, and what shall happen. */
struct fake_arch {
    uint64_t time_ns;                         /* a wait advances it */
    uint64_t tick_ns;                         /* as does each look at it */
    uint64_t wall_ns;                         /* nothing advances it */
    unsigned int notify_count[FAKE_PORT_MAX]; /* events the guest sent */
    unsigned int wait_count;                  /* times that it waited */
    uint64_t deadline_ns;                     /* of the last wait */
    int send_error, wait_error, map_error;    /* hypercalls that fail */
    int open_error;       /* also of a port from the guest to itself */
    evtchn_port_t opened; /* the last new port, */
    domid_t opened_for;   /* who may connect to it, */
    unsigned int open_count, close_count;
    unsigned int map_count; /* of the grant table */
    struct grant_entry_v1 grants[FAKE_GRANT_COUNT];

    /* RAM that the guest may use beside its image: that many pages, here. */
    uint64_t spare_count, *spare;
    uint64_t shown_count;    /* pages of it that were shown so far */
    uint64_t away_count;     /* ... behind them, that are with Xen */
    uint64_t xen_has;        /* pages that Xen can give */
    bool has_all;            /* ... and the domain may have no more */
    uint64_t wanted;         /* pages in all, as the guest last took some */
    unsigned int take_count; /* times that the guest asked for pages */

    unsigned int vcpu_count; /* of the domain; 0: one */
    uint32_t vcpus_up;       /* of the others, a bit each */
    int up_error;            /* ... and then none goes up */

    /* Called once, when the guest waits and everybody sleeps, but not before
     * act_ns: time passes until then. Null: it passes until the deadline. */
    void (*when_stuck)(void);
    uint64_t act_ns;

    bool nmi;                      /* one has come */
    unsigned int passed_nmi_count; /* ... from another vCPU */

    void (*when_paused)(void); /* called by arch_pause(); may be null */

    /* Called at each arch_*() call: what others do meanwhile. May be null. */
    void (*when_away)(void);
    void (*when_stopped)(unsigned int reason); /* by arch_stop(); the same */
    uint64_t late_ns; /* the next deadline comes so much later */

    /* What arch_suspend() does; null: it fails the test. */
    int (*suspend)(struct boot *boot);

    /* Hypercalls, oldest first: " send PORT", " open", " wait", " suspend". */
    char trace[FAKE_TRACE_MAX];
};

extern struct fake_arch fake_arch;

/* A machine just switched on: no peers, orderly, the grant table free. */
void fake_arch_start(void);

/* Shuffle from now on; 0: be orderly. */
void fake_shuffle(unsigned int seed);

/*
 * A spare page as it is now. What the guest was shown before is gone: what it
 * still writes there is lost.
 */
uint64_t *fake_spare_page(uint64_t number);

/* The last spare pages are with Xen, unasked. */
void fake_lose_pages(uint64_t count);

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

/* Whether the peer was sent an event and has not gone to sleep since. */
bool fake_is_awake(evtchn_port_t port);

/* The page of the guest that a grant is about; null: it is no grant. */
void *fake_granted_page(grant_ref_t reference);

/* How many grants there are. */
unsigned int fake_grant_count(void);

/* How many ports the guest has opened for others, and not closed. */
unsigned int fake_own_port_count(void);

/* How many ports lead from the guest to itself. */
unsigned int fake_ipi_count(void);

/*
 * The guest is another domain from now on: the event channels of before are
 * gone and their peers with them, shared info and grant table are new.
 */
void fake_arch_renew(void);

/* Let each peer that is awake do one step. False: all of them sleep. */
bool fake_step(void);

/*
 * Run `guest` until it calls arch_stop(); the result is the reason. Or until it
 * calls arch_fault(): FAKE_FAULT; or somebody fake_leave(): FAKE_LEFT.
 */
unsigned int fake_run(void (*guest)(void));
_Noreturn void fake_leave(void);

#endif
