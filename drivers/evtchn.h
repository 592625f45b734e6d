/* SPDX-License-Identifier: MIT */
/*
 * evtchn - event channels without upcalls.
 *
 * Every port on which vCPU 0 waits stays masked in the shared page. So Xen sets
 * its pending bit and does nothing else: no interrupt, no handler, no
 * re-entrancy. An idle vCPU waits in SCHEDOP_poll, which looks at pending bits
 * only.
 *
 * The VM uses the two-level ABI (xen/event_channel.h): ports are below 4096.
 */
#ifndef DRIVERS_EVTCHN_H
#define DRIVERS_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "lib/time.h"

#define EVTCHN_WAIT_MAX 16 /* ports that one wait can take */

/* Mask a port, so that its events set its pending bit and do nothing else.
 * -XEN_EINVAL: the ABI has no such port. */
int evtchn_mask(evtchn_port_t port) MUST_CHECK;

/* Make a port that `domain` may connect to, and mask it. */
int evtchn_open(domid_t domain, evtchn_port_t *port) MUST_CHECK;

/* Close a port that evtchn_open() made. */
void evtchn_close(evtchn_port_t port);

/* Make a port from this domain to one of its vCPUs, on which that vCPU waits.
 * 0: Xen refused. */
evtchn_port_t evtchn_bind(unsigned int vcpu) MUST_CHECK;

/*
 * Mark this domain with a port from itself to itself. Nobody else can make such
 * a port, so a new domain does not have it, whatever else has the same number
 * there. 0: Xen refused.
 */
evtchn_port_t evtchn_mark(void) MUST_CHECK;

/* Whether this is the domain that was marked. Removes the mark. */
bool evtchn_unmark(evtchn_port_t mark) MUST_CHECK;

/* Send an event to the other end of the port. */
int evtchn_notify(evtchn_port_t port) MUST_CHECK;

/*
 * Whether the port was pending; clears it. Clear first, then look at the cause:
 * an event in between sets the bit again.
 */
bool evtchn_clear(evtchn_port_t port);

/*
 * Wait until one of the ports is pending, or until the system time
 * (arch_time_ns()) reaches the deadline. TIME_NEVER: no deadline. Spurious
 * returns are possible. At most EVTCHN_WAIT_MAX ports, or -XEN_EINVAL; other
 * errors are those of SCHEDOP_poll (xen/sched.h), such as a port that Xen does
 * not know.
 */
int evtchn_wait(const evtchn_port_t *ports, unsigned int count,
                uint64_t deadline_ns) MUST_CHECK;

/* How often evtchn_wait() was called, by any vCPU; wraps. If the count has not
 * changed, no time has passed in a wait. */
unsigned int evtchn_waits(void);

#endif
