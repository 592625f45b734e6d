/* SPDX-License-Identifier: MIT */
/*
 * xenstore - the client's end of a xenstore ring (xen/io/xs_wire.h).
 *
 * Requests are made in batches: xenstore_exchange() puts all of them into the
 * ring, tells the daemon once, and returns when every reply has come. The
 * daemon handles them in their order. Paths without a leading slash are
 * relative to the domain's own directory.
 *
 * Watch events that arrive meanwhile are kept, in the order of their arrival,
 * each watch at most once: an event says that a node may have changed, not what
 * it holds. A read that names its watch covers the events that arrived before
 * its reply, since the reply shows what they announced (the daemon queues both
 * in one stream).
 *
 * The daemon is not trusted to be sane. A reply to nothing, a second reply and
 * a reply of the wrong type are read to their end and ignored. Where the stream
 * itself is lost (impossible ring indices, a payload above 4096 bytes) the
 * connection is dead: every request from then on is -XEN_EIO, until the daemon
 * has made a new one (docs/misc/xenstore-ring.txt of Xen's sources). Nobody
 * waits for that, and where it is not offered, it does not come.
 */
#ifndef DRIVERS_XENSTORE_H
#define DRIVERS_XENSTORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "arch/arch.h"
#include "lib/text.h"

#define XENSTORE_WATCH_MAX 16 /* watches, numbered from 0 */
#define XENSTORE_BATCH_MAX 48 /* requests in one exchange */
#define XENSTORE_NO_WATCH  (-1)

/* A number of 32 bits in decimal, and a NUL or one digit too many. */
#define XENSTORE_NUMBER_SIZE 11

struct xenstore_request {
    /* What is asked; the functions below fill it in. */
    enum xsd_sockmsg_type type;
    uint32_t transaction; /* 0: none */
    const char *path;     /* sent with its NUL */
    struct text value;    /* sent after the path as it is */
    int watch;            /* whose events the reply covers */
    char *reply;          /* where the reply goes; may be null */
    size_t reply_max;

    /* What is answered: 0 or the store's error; -XEN_E2BIG: a part is there. */
    int error;
    size_t reply_size; /* bytes of the reply that are in `reply` */
};

void xenstore_start(const struct boot_ring *ring);

/* The port to wait on for watch events. */
evtchn_port_t xenstore_port(void);

/*
 * Send `count` requests and take their replies; each request's `error` is set.
 * Returns 0 or the first of these errors that is not 0, whatever its meaning to
 * the caller. Waits as long as the daemon takes.
 */
int xenstore_exchange(struct xenstore_request *requests, unsigned int count);

/* False: every request is -XEN_EIO. */
bool xenstore_is_usable(void);

/*
 * True, once: there is a new connection, which is used from now on. The daemon
 * has forgotten the watches, transactions and requests of the old one.
 */
bool xenstore_renewed(void);

/* Take in what has arrived. Does not wait. */
void xenstore_receive(void);

/* Take the oldest kept watch event. False: there is none. */
bool xenstore_next_event(unsigned int *watch);

bool xenstore_has_event(void);

/*
 * Wait until nothing is under way in the ring: no message has arrived in part.
 * For a suspend, after which the ring may be another one.
 */
void xenstore_settle(void);

/* --- requests ------------------------------------------------------------- */

struct xenstore_request xenstore_read(uint32_t transaction, const char *path,
                                      char *reply, size_t reply_max);
struct xenstore_request xenstore_write(uint32_t transaction, const char *path,
                                       struct text value);
struct xenstore_request xenstore_remove(uint32_t transaction, const char *path);
struct xenstore_request xenstore_watch(const char *path, unsigned int watch);
struct xenstore_request xenstore_unwatch(const char *path, unsigned int watch);

/* The reply is the names of the nodes below, each with its NUL. */
struct xenstore_request xenstore_directory(const char *path, char *reply,
                                           size_t reply_max);

/* The reply is the transaction's number as NUL-terminated decimal text. */
struct xenstore_request xenstore_transaction_start(char *reply,
                                                   size_t reply_max);
/* The number of the transaction that was begun by it; 0: none was. */
uint32_t xenstore_transaction_of(const struct xenstore_request *start);
/* Commit, or throw away. Committing: -XEN_EAGAIN when somebody interfered. */
struct xenstore_request xenstore_transaction_end(uint32_t transaction,
                                                 bool commit);

#endif
