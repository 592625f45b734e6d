/* SPDX-License-Identifier: MIT */
/*
 * publish - the nodes that this VM writes: what it is, its state, its counters,
 * its answers, and the acknowledgements of messages.
 *
 * A node is written only when its value changes. Refusals by the store (EACCES,
 * EQUOTA, ...) are ordinary: they are logged, and the refused node is written
 * again with the next publication. A store without room for all nodes keeps the
 * state and the answers.
 */
#ifndef KERNEL_PUBLISH_H
#define KERNEL_PUBLISH_H

#include "decide/control.h"
#include "kernel/inbox.h"

/* What a toolstack or a tester can see of this VM under data/xen-test-vm/. */
struct publication {
    enum state state;
    const unsigned int *counters; /* COUNTER_COUNT of them */
    const char *answer;           /* empty: no new one */
};

/* What a counter is called, in the store and elsewhere. */
const char *publish_counter_name(enum counter counter);

/*
 * For a fresh store: add to the start's batch what never changes. `guest` is
 * "pv" or "pvh"; `watch` is the number of the watch on our own nodes. After the
 * exchange publish_began() looks at what was refused in the whole batch.
 */
void publish_begin(const char *guest, unsigned int watch);
void publish_began(void);

/* Then all the rest, the state last. True: control/ belongs to this domain. */
bool publish_all(const struct publication *publication);

/* The watch on our own nodes has an event. */
void publish_event(void);

/* A message is a reason to write again the nodes that somebody has removed. */
void publish_retry(void);

/* Publish what has changed, and end the transaction of the message if it was
 * not used. */
void publish_changes(const struct publication *publication,
                     struct message *message);

/*
 * Acknowledge a message if that is wanted, and publish, in one transaction. An
 * acknowledgement never destroys a newer message. One that is needed, and finds
 * the message gone from its node, is ACKNOWLEDGE_WITHDRAWN: nothing is
 * published. `message`: the one that is handled just now.
 */
enum acknowledged publish_commit(const struct acknowledgement *acknowledgement,
                                 const struct publication *publication,
                                 struct message *message);

#endif
