/* SPDX-License-Identifier: MIT */
/*
 * vcpus - the other vCPUs: up and down as cpu/N/availability says, idle or
 * busy.
 *
 * vCPU 0 does everything else. Another one sleeps in Xen, which costs nothing,
 * or spins as long as a tester wants it to. All are down during a suspend, and
 * come up again behind it, before anything else is done.
 */
#ifndef KERNEL_VCPUS_H
#define KERNEL_VCPUS_H

#include "arch/arch.h"
#include "decide/command.h"
#include "drivers/xenstore.h"

/* For a fresh store, the request that goes with the others at the start: is
 * there another vCPU that the toolstack wants to be up, or down? */
struct xenstore_request vcpus_request(void);

/* Watch, and bring up what is to be up. `watch` is the number of our events;
 * `more`: the request was not answered with ENOENT. */
void vcpus_begin(unsigned int watch, bool more);

/* Watch once more: the connection to the store is a new one. */
void vcpus_watch(void);

/* Something below cpu has changed. */
void vcpus_event(void);

/* Do what is due. Call it after these two, and when vcpus_deadline() has come:
 * by clock_ns(), or TIME_NEVER. */
void vcpus_run(uint64_t now_ns);
uint64_t vcpus_deadline(void);

/* Before a suspend: all go down. Behind it, in the same domain: those that were
 * up are so again, at once and in every mode. vcpus_begin() does it in a new
 * domain. */
void vcpus_hold(void);
void vcpus_release(void);

/* From now on. */
void vcpus_behave(enum vcpus_mode mode, uint64_t late_ns);

/* Keep it busy until told otherwise, whenever it is up. False: it is not up,
 * nor was it busy before. */
bool vcpus_keep_busy(unsigned int vcpu, bool busy);

/* How many are up, vCPU 0 included. */
unsigned int vcpus_up(void);

#endif
