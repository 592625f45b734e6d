/* SPDX-License-Identifier: MIT */
/*
 * vcpus - the other vCPUs: up and down as cpu/N/availability says, idle or
 * busy.
 *
 * vCPU 0 does everything else. Another vCPU sleeps in Xen, which uses no CPU
 * time, or spins as long as a tester wants. All others are down during a
 * suspend. They come up again after it, before anything else is done.
 */
#ifndef KERNEL_VCPUS_H
#define KERNEL_VCPUS_H

#include "arch/arch.h"
#include "decide/command.h"
#include "drivers/xenstore.h"

/* For a start (kernel/nodes.h): make a request of its batch. The result shows
 * whether the toolstack controls any vCPU besides vCPU 0. */
void vcpus_request(struct xenstore_request *read);

/* In a domain in which only vCPU 0 is up: watch, and bring up the vCPUs that
 * should be up. `watch` is the number of the watch; `more` is false if the
 * reply to vcpus_request() was ENOENT. */
void vcpus_begin(unsigned int watch, bool more);

/* Watch again, on a new connection to the store. */
void vcpus_watch(void);

/* A node below cpu has changed. */
void vcpus_event(void);

/* Do the due work. Call this after vcpus_event() and vcpus_behave(), and when
 * vcpus_deadline() has passed, by clock_ns(); TIME_NEVER: no deadline. */
void vcpus_run(uint64_t now_ns);
uint64_t vcpus_deadline(void);

/* Before work that needs a vCPU which is not up: follow an order whose event
 * waits behind others. */
void vcpus_settle(uint64_t now_ns);

/*
 * vcpus_hold(), before a suspend: take all down. vcpus_release(), after it in
 * the same domain: bring those up again that were up, at once and in every
 * mode. In a new domain, vcpus_begin() does this.
 */
void vcpus_hold(void);
void vcpus_release(void);

/* Set the mode from now on. `late_ns` is the delay of VCPUS_LATE. */
void vcpus_behave(enum vcpus_mode mode, uint64_t late_ns);

/* Keep a vCPU busy, whenever it is up, until this is called with false. Returns
 * false if the vCPU is not up and was not busy before. */
bool vcpus_keep_busy(unsigned int vcpu, bool busy);

/* How many vCPUs are up, including vCPU 0. */
unsigned int vcpus_up(void);

#endif
