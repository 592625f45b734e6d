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

#include "kernel/control.h"

/* What a toolstack or a tester can see of this VM under data/xen-test-vm/. */
struct publication {
    enum state state;
    struct counters counters;
    const char *answer; /* empty: no new one */
};

/*
 * In one round trip: watch the nodes, read them, publish what stays the same
 * and, last, the first publication. *domain is this domain's id as the store
 * tells it, "?" if it does not.
 */
void nodes_start(const char *guest, const struct publication *first,
                 const char **domain);

/* Log what the store refused at the start. */
void nodes_log_refusals(void);

/* What the node held at the start. */
struct text nodes_first_text(enum node node);

/* Take the oldest event. False: there is none. */
bool nodes_next_event(enum node *node);

/*
 * What the node holds now; empty when it is absent or cannot be read. Good
 * until the next call.
 */
struct text nodes_read(enum node node);

/*
 * Acknowledge `message` on `node` if that is wanted, and publish, in one
 * transaction. An acknowledgement never destroys a newer message.
 */
enum acknowledged nodes_commit(enum node node, struct text message,
                               const struct acknowledgement *acknowledgement,
                               const struct publication *publication);

#endif
