/* SPDX-License-Identifier: MIT */
/*
 * nodes - introduces the VM to a store, and turns events into messages.
 *
 * Uses as few requests and round trips as the promises of
 * docs/control-protocol.md allow. Refusals by the store (EACCES, ENOENT,
 * EQUOTA, ...) are ordinary: they are logged and never stop anything.
 */
#ifndef KERNEL_NODES_H
#define KERNEL_NODES_H

#include "kernel/publish.h"

/*
 * A start: at boot, after a resume in a new domain, and after the store has
 * offered a new connection (`renewed`). Call nodes_start() and then
 * nodes_introduce(). Each makes one exchange that fits into the ring at once.
 *
 * nodes_start() watches the nodes of messages, reads them, and publishes what
 * never changes. The texts in the nodes become messages, in the order of
 * enum node. `guest` is "pv" or "pvh". Returns the domain's id as text; "?" if
 * the store does not give it. nodes_introduce() publishes the rest, with the
 * state last, and brings up the other vCPUs. Refusals by the store are logged.
 */
const char *nodes_start(const char *guest, bool renewed);
void nodes_introduce(const struct publication *publication);

/* Take the oldest message; read nodes that had an event if needed. False: there
 * is none. The text is valid until the next call, or until
 * nodes_read_announced() or nodes_start(). */
bool nodes_next_message(struct message *message);

/*
 * Before a suspend: read all nodes that had events, so that no message to this
 * domain is lost when the VM resumes in a new one. Afterwards no message of the
 * store is incomplete in the ring. Does not wait for a writer who never stops.
 */
void nodes_read_announced(void);

/* Read the shutdown node as if it had an event, after the events that are
 * waiting. */
void nodes_read_again(void);

#endif
