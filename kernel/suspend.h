/* SPDX-License-Identifier: MIT */
/*
 * suspend - the steps around a suspend, in their order.
 */
#ifndef KERNEL_SUSPEND_H
#define KERNEL_SUSPEND_H

#include "arch/arch.h"
#include "decide/control.h"

/*
 * With `suspend-event-channel` on the command line: open a port by which dom0
 * can ask for a suspend, and publish it. Call this also after a resume. 0: no
 * port.
 */
evtchn_port_t suspend_offer_port(void);

/* Publish the port again, on a new connection to the store. */
void suspend_tell_port(evtchn_port_t port);

struct suspension {
    enum suspended result;
    unsigned int memory_errors;
    uint64_t away_ms; /* of arch_suspend(), by the wall clock; 0: unknown */
    uint64_t own_us;  /* of the rest of suspend_domain(), by system time */
};

/*
 * Suspend. Returns when the suspend is over or was refused. The other vCPUs
 * must be down. After SUSPEND_RESUMED both rings are new: nothing is published
 * or watched. Messages that were announced before are kept
 * (nodes_read_announced()). clock_ns() stands still meanwhile.
 */
struct suspension suspend_domain(struct boot *boot);

#endif
