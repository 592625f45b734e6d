/* SPDX-License-Identifier: MIT */
/*
 * inbox - messages that were read from the nodes and are not handled yet: at
 * most one of each node, the oldest first.
 */
#ifndef KERNEL_INBOX_H
#define KERNEL_INBOX_H

#include "decide/decision.h"
#include "drivers/xenstore.h"

/* What a node held after an event; empty: it was absent, or cannot be read. */
struct message {
    enum node node;
    struct text text;
    /* The domain before this one got it: the node of this domain tells nothing
     * about it. */
    bool former;
    /* A transaction that was begun together with the read, and is empty; 0:
     * none. publish_commit() or publish_changes() uses it up. */
    uint32_t transaction;
};

/*
 * At a start: `same_domain`, or what waits is of a former domain. The requests
 * of inbox_request() go out in a batch; then inbox_found() takes their answers.
 */
void inbox_begin(bool same_domain);
struct xenstore_request inbox_request(enum node node);
void inbox_found(enum node node, const struct xenstore_request *read);

/*
 * Read a node. `begin`: and begin a transaction with it, which saves the
 * acknowledgement a round trip. 0, or the error of the read.
 */
int inbox_read(enum node node, bool begin) MUST_CHECK;

/* Take the oldest message. False: there is none. Its text is good until the
 * next call. */
bool inbox_take(struct message *message);

/* The acknowledgement was written: the node's next event is our own. */
void inbox_acknowledged(enum node node);

#endif
