/* SPDX-License-Identifier: MIT */
/*
 * stored - deeds of the store's daemon, and of those who disturb it.
 *
 * A store may refuse requests, have no room, be silent, restart, and lose the
 * connection. It also remembers what the VM is excused from because of that.
 */
#ifndef TESTS_SIMULATE_STORED_H
#define TESTS_SIMULATE_STORED_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fake/store.h"
#include "tests/simulate/run.h"

void stored_start(void);

/* Deeds. */
void stored_fail_path(struct dice *dice);
void stored_mend_path(struct dice *dice);
void stored_fail_kind(struct dice *dice);
void stored_mend_kind(struct dice *dice);
void stored_limit(struct dice *dice);
void stored_conflict(struct dice *dice);
void stored_remove(struct dice *dice);
void stored_be_silent(struct dice *dice);
void stored_lose_connection(struct dice *dice);
void stored_update(struct dice *dice);

/* At the VM's next request of this kind for this path: just before the store
 * handles it, `change` is called, if there is one. Then the store handles the
 * request, or refuses it, with the error. There is one such trap at a time. */
void stored_trap(uint32_t type, const char *path, void (*change)(void),
                 const char *error);

/* A step has passed. */
void stored_tick(void);

/* The store is about to handle a request. */
void stored_request(const struct fake_request *request);

/* The store refuses nothing from now on. */
void stored_heal(void);

/* Whether the store has refused anything that the VM cannot do without. */
bool stored_has_refused(void);

/* The same, or it has lost the connection. */
bool stored_was_disturbed(void);

/* Whether the store has refused to show the VM's state, or a publication as a
 * whole. The VM tries again when it next publishes something. */
bool stored_hid_state(void);

/* Whether the store has had no room. Then the VM shows its state and its
 * answers, and nothing else until it is in a new domain. */
bool stored_was_full(void);

/* Whether somebody has removed what the VM had published. */
bool stored_lost_nodes(void);

#endif
