/* SPDX-License-Identifier: MIT */
/*
 * toolstack - deeds of the toolstack: requests, orders for memory and vCPUs,
 * and how suspends end. It remembers the orders, and repeats them to a new
 * domain. plugged.h has the toolstack's devices.
 */
#ifndef TESTS_SIMULATE_TOOLSTACK_H
#define TESTS_SIMULATE_TOOLSTACK_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulate/run.h"

/* At boot. The dice say how suspends end at first. */
void toolstack_start(struct dice *dice);

/* Deeds. */
void toolstack_request(struct dice *dice);
void toolstack_request_suspend(struct dice *dice);
void toolstack_request_twice(struct dice *dice);
void toolstack_clear_request(struct dice *dice);
void toolstack_remove_request(struct dice *dice);
void toolstack_request_and_withdraw(struct dice *dice);
void toolstack_set_target(struct dice *dice);
void toolstack_shrink_and_suspend(struct dice *dice);
void toolstack_set_vcpu(struct dice *dice);
void toolstack_set_vcpus(struct dice *dice);
void toolstack_suspend_event(struct dice *dice);
void toolstack_choose_outcome(struct dice *dice);
void toolstack_request_late(struct dice *dice);
void toolstack_suspend_and_lose(struct dice *dice);

#define TARGET_MAX (UINT64_MAX - 6) /* the largest target that the VM takes */

/* Order the memory target, in KiB, and a vCPU up or down. */
void toolstack_order_target(uint64_t kib);
void toolstack_order_vcpu(uint32_t vcpu, bool online);

/* Order vCPU 1 up if it was ordered down, else down. */
void toolstack_turn_vcpu(void);

/* A new domain gets the orders of the old one, or others. */
void toolstack_tell_again(void);

/* The VM has acknowledged a request. */
void toolstack_is_answered(void);

/* A step has passed: do what is due now. */
void toolstack_tick(void);

/* From now on the toolstack does nothing by itself. */
void toolstack_heal(void);

/* Others touch the orders: the VM need not have followed a target when it
 * suspends; or it need not follow targets, or orders for vCPUs, at all. */
void toolstack_target_is_late(void);
void toolstack_balloon_is_slow(void);
void toolstack_excuse_balloon(void);
void toolstack_excuse_vcpus(void);

/* The orders for memory and vCPUs. False: because of a tester or a refusal, the
 * VM need not follow them. */
bool toolstack_balloon_target(uint64_t *kib);
bool toolstack_vcpus_obey(void);

/* Whether the vCPU is ordered to be up. */
bool toolstack_wants_up(uint32_t vcpu);

/* How much memory, in KiB, the VM may have when it suspends at the newest
 * request. */
uint64_t toolstack_size_for_suspend(void);

/* Whether memory has been lost in a suspend: what was written there is wrong.
 */
bool toolstack_pages_were_lost(void);

#endif
