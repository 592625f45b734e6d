/* SPDX-License-Identifier: MIT */
/*
 * suspend - away and back: the order of steps around a suspend.
 */
#ifndef KERNEL_SUSPEND_H
#define KERNEL_SUSPEND_H

#include "arch/arch.h"
#include "decide/control.h"

/*
 * With `suspend-event-channel` on the command line: give dom0 a port by which
 * it can ask for a suspend, and publish it. Also after a resume. 0: there is
 * none.
 */
evtchn_port_t suspend_offer_port(void);

/* Publish it once more: the connection to the store is a new one. */
void suspend_tell_port(evtchn_port_t port);

struct suspension {
    enum suspended result;
    unsigned int memory_errors;
    uint64_t away_ms; /* by the wall clock */
    uint64_t own_us;  /* before and after arch_suspend() */
};

/*
 * Suspend; returns when that is over. On SUSPEND_RESUMED both rings are taken
 * anew: nothing is published or watched. Messages that were announced before
 * are held (nodes_hold). clock_ns() stands still meanwhile.
 */
struct suspension suspend_domain(struct boot *boot);

#endif
