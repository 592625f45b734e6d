/* SPDX-License-Identifier: MIT */
/*
 * inbox - messages that were read from their nodes and not handled yet: at most
 * one for each node, the oldest first.
 */
#ifndef KERNEL_INBOX_H
#define KERNEL_INBOX_H

#include "decide/decision.h"
#include "drivers/xenstore.h"

/* What a node held after an event. Empty: the node was absent or unreadable. */
struct message {
    enum node node;
    struct text text;
    /* The message was sent to a former domain. The node of this domain says
     * nothing about it. */
    bool former;
    /* An empty transaction that was begun together with the read; 0: none.
     * publish_commit() or publish_changes() uses it up. */
    uint32_t transaction;
};

/*
 * For a start. Unless `same_domain`, the messages that wait are those of a
 * former domain. The requests of inbox_request() go out in a batch; then
 * inbox_found() takes the replies.
 */
void inbox_begin(bool same_domain);
struct xenstore_request inbox_request(enum node node);
void inbox_found(enum node node, const struct xenstore_request *read,
                 bool same_domain);

/*
 * Read a node. `begin`: begin a transaction in the same exchange, which saves
 * the acknowledgement a round trip. Returns 0, or the error of the read.
 */
int inbox_read(enum node node, bool begin) MUST_CHECK;

/* Take the oldest message. False: there is none. The text is valid until the
 * next call. */
bool inbox_take(struct message *message);

/* The acknowledgement was written: it causes the node's next event. */
void inbox_acknowledged(enum node node);

#endif
