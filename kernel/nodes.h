/* SPDX-License-Identifier: MIT */
/*
 * nodes - the start with a store, and the way from its events to messages.
 *
 * As few requests and round trips as the promises of docs/control-protocol.md
 * allow. Refusals by the store (EACCES, ENOENT, EQUOTA, ...) are ordinary: they
 * are logged and never stop anything.
 */
#ifndef KERNEL_NODES_H
#define KERNEL_NODES_H

#include "kernel/publish.h"

/*
 * For a fresh store: at boot, after a resume in a new domain, and where it has
 * `renewed` a connection that was lost. Two exchanges, each of what fits into
 * the ring at once.
 *
 * The first watches the nodes, reads them and publishes what stays the same.
 * What the nodes hold become messages, in their order. The result is this
 * domain's id: "?" if the store does not tell it. The second publishes the
 * rest, the publication last. What the store refuses is logged.
 */
const char *nodes_start(const char *guest, bool renewed);
void nodes_introduce(const struct publication *publication);

/* Take the oldest message, if need be by reading the nodes that have had an
 * event. False: there is none. The text is good until the next call. */
bool nodes_next_message(struct message *message);

/*
 * Before a suspend: read what has been announced, so that a message to this
 * domain is not lost when it resumes as another one. No message of the store's
 * is under way then. Somebody who never stops writing is not waited for.
 */
void nodes_hold(void);

/* Read the shutdown node as if it had an event, after those there are. */
void nodes_read_again(void);

#endif
