/* SPDX-License-Identifier: MIT */
/*
 * fake/arch - the host as an architecture: arch/arch.h for unit tests.
 *
 * Event channels lead to peers: functions that do the work of a daemon. A peer
 * sleeps until the guest sends an event to its port, and works until it finds
 * nothing more to do. So an event that is not sent is missed here, as it is on
 * Xen. There is one thread: peers work while the guest is in an arch_*() call.
 *
 *   orderly:  while the guest waits, until all peers sleep again
 *   shuffled: at every call, a random number of steps, as if on other CPUs
 *
 * Trusts the test. A guest fails the test if it waits for an event that cannot
 * come, stops or suspends when it should not, or uses a port of its old domain.
 * Nothing here hangs.
 */
#ifndef TESTS_FAKE_ARCH_H
#define TESTS_FAKE_ARCH_H

#include <stdbool.h>

#include "arch/arch.h"

#define FAKE_PORT_MAX    32 /* for ports that have a peer */
#define FAKE_GRANT_COUNT 512
#define FAKE_TRACE_MAX   4096
#define FAKE_LEFT        1000 /* fake_run(): fake_leave() was called */
#define FAKE_FAULT       1001 /* fake_run(): arch_fault() was called */

/* A record of past calls, and settings for later ones. */
struct fake_arch {
    uint64_t time_ns;                         /* a wait advances it */
    uint64_t tick_ns;                         /* added by each arch_time_ns() */
    uint64_t wall_ns;                         /* nothing advances it */
    unsigned int notify_count[FAKE_PORT_MAX]; /* events that the guest sent */
    unsigned int wait_count;                  /* times that the guest waited */
    uint64_t deadline_ns;                     /* of the last wait */
    int send_error, wait_error, map_error;    /* errors of hypercalls */
    int open_error;       /* also for a port from the guest to itself */
    evtchn_port_t opened; /* the last new port */
    domid_t opened_for;   /* who may connect to it */
    unsigned int open_count, close_count;
    unsigned int map_count; /* of the grant table */
    struct grant_entry_v1 grants[FAKE_GRANT_COUNT];

    /* The guest's spare pages: number and contents. */
    uint64_t spare_count, *spare;
    uint64_t shown_count;    /* spare pages shown so far */
    uint64_t away_count;     /* pages behind them that are with Xen */
    uint64_t xen_has;        /* pages that Xen can give */
    bool has_all;            /* the domain may have no more */
    uint64_t wanted;         /* of the last arch_take_pages() */
    unsigned int take_count; /* requests of the guest for pages */

    unsigned int vcpu_count; /* of the domain; 0 counts as 1 */
    uint32_t vcpus_up;       /* of the others, one bit each */
    int up_error;            /* if not 0, no vCPU goes up */

    /* The work of arch_hypercall(), and how often it was called. Null: Xen
     * knows no such hypercall. */
    long (*hypercall)(unsigned long number, const uint64_t *args);
    unsigned int hypercall_count;

    /* Called once, when the guest waits and all peers sleep, but not before
     * act_ns: time advances until then. Null: time advances to the deadline. */
    void (*when_stuck)(void);
    uint64_t act_ns;

    bool nmi;                      /* an NMI has come */
    unsigned int passed_nmi_count; /* NMIs from another vCPU */

    void (*when_paused)(void); /* called by arch_pause(); may be null */

    /* Called at each arch_*() call, for the work of others. May be null. */
    void (*when_away)(void);
    void (*when_stopped)(unsigned int reason); /* by arch_stop(); may be null */
    uint64_t late_ns;                          /* added to the next deadline */

    /* The work of arch_suspend(); null: a suspend fails the test. */
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
 * A spare page as it is now. The window of the guest is closed: later writes to
 * it are lost.
 */
uint64_t *fake_spare_page(uint64_t number);

/* The last spare pages are with Xen from now on, although the guest gave
 * none. */
void fake_lose_pages(uint64_t count);

/* The next random number, 0 to `below` - 1; orderly: always the largest. */
unsigned int fake_random(unsigned int below);

/*
 * Connect a peer to a port. `step` does some work; it returns false if there
 * was none.
 */
void fake_connect(evtchn_port_t port, bool (*step)(void));

/* Wake the peer without an event: it has something to do. */
void fake_wake(evtchn_port_t port);

/* The peer sends an event to the guest. */
void fake_raise(evtchn_port_t port);

/* Whether the peer was sent an event and has not gone to sleep since. */
bool fake_is_awake(evtchn_port_t port);

/* The page of the guest behind a grant; null: not a grant. */
void *fake_granted_page(grant_ref_t reference);

/* How many grants there are. */
unsigned int fake_grant_count(void);

/* The ports that the guest has opened for others and not closed. */
bool fake_is_own_port(evtchn_port_t port);
unsigned int fake_own_port_count(void);

/* How many ports lead from the guest to itself. */
unsigned int fake_ipi_count(void);

/*
 * The guest is another domain from now on: the old event channels and their
 * peers are gone, shared info and grant table are new.
 */
void fake_arch_renew(void);

/* Let each peer that is awake take one step. False: all peers sleep. */
bool fake_step(void);

/*
 * Run `guest` until it calls arch_stop(): the result is the reason. Or until it
 * calls arch_fault(): FAKE_FAULT. Or until anyone calls fake_leave():
 * FAKE_LEFT.
 */
unsigned int fake_run(void (*guest)(void));
_Noreturn void fake_leave(void);

#endif
