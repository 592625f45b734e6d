/* SPDX-License-Identifier: MIT */
/*
 * nodes - this domain's part of xenstore: messages in, what is published out.
 *
 * Turns what control.h decides into as few xenstore requests and round trips as
 * its promises allow, and decides nothing. Refusals by the store (EACCES,
 * ENOENT, EQUOTA, ...) are ordinary: they are logged and never stop anything.
 */
#ifndef KERNEL_NODES_H
#define KERNEL_NODES_H

#include "decide/control.h"

/* What a counter is called, in the store and elsewhere. */
const char *nodes_counter_name(enum counter counter);

/* What a toolstack or a tester can see of this VM under data/xen-test-vm/. */
struct publication {
    enum state state;
    const unsigned int *counters; /* COUNTER_COUNT of them */
    const char *answer;           /* empty: no new one */
};

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

/*
 * Take the oldest message: what a node holds after an event, empty when it is
 * absent or cannot be read. False: there is none. The text is good until the
 * next call.
 */
bool nodes_next_message(enum node *node, struct text *text);

/*
 * Before a suspend: read what has been announced, so that a message to this
 * domain is not lost when it resumes as another one. No message of the store's
 * is under way then. Somebody who never stops writing is not waited for.
 */
void nodes_hold(void);

/* Publish what has changed. */
void nodes_publish(const struct publication *publication);

/*
 * Acknowledge a message if that is wanted, and publish, in one transaction. An
 * acknowledgement never destroys a newer message. One that is needed, and finds
 * the message gone from the node that it was read of, is ACKNOWLEDGE_WITHDRAWN:
 * nothing is published. The node of a domain before this one tells nothing.
 */
enum acknowledged nodes_commit(const struct acknowledgement *acknowledgement,
                               const struct publication *publication);

/* Read the shutdown node as if it had an event, after those there are. */
void nodes_read_again(void);

#endif
