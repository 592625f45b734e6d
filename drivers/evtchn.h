/* SPDX-License-Identifier: MIT */
/*
 * evtchn - event channels without upcalls.
 *
 * Every port in use stays masked in the shared page, so Xen sets its pending
 * bit and does nothing else: no interrupt, no handler, no re-entrancy. Whoever
 * has nothing to do waits in SCHEDOP_poll, which looks at pending bits alone.
 *
 * The two-level ABI (xen/event_channel.h): ports below 4096.
 */
#ifndef DRIVERS_EVTCHN_H
#define DRIVERS_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "lib/time.h"

#define EVTCHN_WAIT_MAX 16 /* ports in one wait */

/* Take a port into use. -XEN_EINVAL: a number that the ABI does not have. */
int evtchn_use(evtchn_port_t port) MUST_CHECK;

/* Make a port that `domain` may connect to, and take it into use. */
int evtchn_open(domid_t domain, evtchn_port_t *port) MUST_CHECK;

/* Give back a port that evtchn_open() made. */
void evtchn_close(evtchn_port_t port);

/* A port from this domain to a vCPU of it, taken into use. 0: Xen has given
 * none. */
evtchn_port_t evtchn_bind(unsigned int vcpu) MUST_CHECK;

/*
 * Mark this domain with a port from itself to itself: nobody else can make one,
 * so a new domain lacks it, whatever else has its number there. 0: Xen has
 * given none.
 */
evtchn_port_t evtchn_mark(void) MUST_CHECK;

/* Whether this is the domain that was marked; it is not any more. */
bool evtchn_unmark(evtchn_port_t mark) MUST_CHECK;

/* Tell the other end. */
int evtchn_notify(evtchn_port_t port) MUST_CHECK;

/*
 * Whether the port was pending; it is not any more. Clear first, then look at
 * what the event was about: an event in between sets the bit again.
 */
bool evtchn_clear(evtchn_port_t port);

/*
 * Wait until one of the ports is pending or the system time (arch_time_ns) has
 * come; TIME_NEVER: there is no deadline. Spurious returns are possible.
 */
int evtchn_wait(const evtchn_port_t *ports, unsigned int count,
                uint64_t deadline_ns) MUST_CHECK;

/* How often that was called, by any vCPU; it wraps. Who remembers it knows
 * whether time has passed since. */
unsigned int evtchn_waits(void);

#endif
