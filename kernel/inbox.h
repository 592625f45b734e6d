/* SPDX-License-Identifier: MIT */
/*
 * inbox - messages that were read from their nodes and not handled yet: at most
 * one for each node, the oldest first.
 */
#ifndef KERNEL_INBOX_H
#define KERNEL_INBOX_H

#include "decide/decision.h"
#include "drivers/xenstore.h"

struct message {
    enum node node;
    /* The node held this text after an event. Empty: the node was empty,
     * absent or unreadable. */
    struct text text;
    /* The message was sent to a former domain, and was in its node there when
     * the VM last looked. So the node of this domain need not hold it. */
    bool former;
    /* An empty transaction that was begun together with the read; 0: none.
     * publish_commit() or publish_changes() uses it up. */
    uint32_t transaction;
};

/*
 * A start (kernel/nodes.h) reads all nodes in its batch: it calls
 * inbox_begin(), sends inbox_request() of each node, and calls inbox_found()
 * with each reply. `same_domain` is false at boot and in a new domain: then the
 * messages that still wait are those of a former domain. It is true after a new
 * connection to the store: then a request that was read before the start is not
 * taken a second time.
 */
void inbox_begin(bool same_domain);
void inbox_request(enum node node, struct xenstore_request *read);
void inbox_found(enum node node, const struct xenstore_request *read,
                 bool same_domain);

/*
 * Read a node, and keep what it holds as a message. `begin`: begin a
 * transaction in the same exchange, which saves the acknowledgement a round
 * trip; only for a caller that takes the message next. Returns 0, or the error
 * of the read.
 */
int inbox_read(enum node node, bool begin) MUST_CHECK;

/* Take the oldest message. False: there is none. The text is valid until a node
 * is read again, by any of the functions above. */
bool inbox_take(struct message *message);

/* The VM has acknowledged the message in the node: the node does not hold the
 * text any more, and the node's next event announces that change. */
void inbox_acknowledged(enum node node);

#endif
