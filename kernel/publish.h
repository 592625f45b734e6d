/* SPDX-License-Identifier: MIT */
/*
 * publish - writes the VM's nodes: its description, state, counters and
 * answers, and the acknowledgements of messages.
 *
 * A node is written only when its value changes. Refusals by the store (EACCES,
 * EQUOTA, ...) are ordinary: they are logged, and the refused node is written
 * again with the next publication. If a store has no room for all nodes, the
 * state and the answers are kept.
 */
#ifndef KERNEL_PUBLISH_H
#define KERNEL_PUBLISH_H

#include "decide/control.h"
#include "kernel/inbox.h"

/* Toolstacks and testers see this below data/xen-test-vm/. */
struct publication {
    enum state state;
    const unsigned int *counters; /* COUNTER_COUNT of them */
    const char *answer;           /* empty: no new answer */
};

/* The name of a counter, in the store and in a report. */
const char *publish_counter_name(enum counter counter);

/*
 * For a start (kernel/nodes.h): add the nodes that never change to its batch.
 * `guest` is "pv" or "pvh" and stays the caller's; `watch` is the number of the
 * watch on our own nodes. After the exchange, publish_began() handles all
 * refusals in the batch.
 */
void publish_begin(const char *guest, unsigned int watch);
void publish_began(void);

/* Publish everything else, the state last. True: this domain may write to
 * control/, which belongs to dom0 under xl. */
bool publish_all(const struct publication *publication);

/* The watch on our own nodes has an event. */
void publish_event(void);

/* A message has come: if our nodes were removed, write them again. */
void publish_retry(void);

/* Publish what has changed. If the message has a transaction, end it: nobody
 * has used it. */
void publish_changes(const struct publication *publication,
                     struct message *message);

/*
 * Acknowledge a message if that is wanted, and publish, in one transaction. An
 * acknowledgement never destroys a newer message. If a needed acknowledgement
 * finds that the message is gone from its node, the result is
 * ACKNOWLEDGE_WITHDRAWN and nothing is published. `message` is the message that
 * is being handled.
 */
enum acknowledged publish_commit(const struct acknowledgement *acknowledgement,
                                 const struct publication *publication,
                                 struct message *message);

#endif
