/* SPDX-License-Identifier: MIT */
/*
 * xenstore - the client's end of a xenstore ring (xen/io/xs_wire.h).
 *
 * Requests are made in batches: xenstore_exchange() puts all of them into the
 * ring, notifies the daemon once, and returns when every reply has come. The
 * daemon handles requests in their order. Paths without a leading slash are
 * relative to the domain's own directory.
 *
 * Watch events that arrive meanwhile are kept in the order of their arrival,
 * each watch at most once: an event says that a node may have changed, not what
 * the node holds. A read that names its watch covers the events that arrived
 * before its reply: the reply shows the changes that they announced, because
 * the daemon queues both in one stream.
 *
 * The daemon may misbehave. A reply to no request, a second reply and a reply
 * of the wrong type are read to their end and ignored. If the stream itself is
 * lost (impossible ring indices, a payload above 4096 bytes), the connection is
 * dead: every request fails with -XEN_EIO until the daemon has made a new
 * connection (docs/misc/xenstore-ring.txt of Xen's sources). The VM never waits
 * for a new connection, and some daemons do not offer one.
 */
#ifndef DRIVERS_XENSTORE_H
#define DRIVERS_XENSTORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "arch/arch.h"
#include "lib/text.h"

#define XENSTORE_WATCH_MAX 16 /* watches, numbered from 0 */
#define XENSTORE_BATCH_MAX 48 /* requests in the batch of kernel/batch.h */
#define XENSTORE_NO_WATCH  (-1)

/* Bytes of a 32-bit number in decimal: 10 digits and a NUL. */
#define XENSTORE_NUMBER_SIZE 11

struct xenstore_request {
    /* The request. The functions below fill it in. */
    enum xsd_sockmsg_type type;
    uint32_t transaction; /* 0: none */
    const char *path;     /* sent with its NUL */
    size_t path_size;     /* bytes of it to send; 0: up to its NUL */
    struct text value;    /* sent as it is, after the path */
    char *reply;          /* where the reply goes; null: nowhere */
    uint32_t reply_max;   /* bytes that fit there */
    int watch;            /* the reply covers the events of this watch */

    /*
     * The reply. `error` is 0, or the store's error, or one of these two:
     * -XEN_E2BIG  the reply is longer than reply_max; `reply` has its beginning
     * -XEN_EIO    the connection was lost before the reply came
     */
    int error;
    uint32_t reply_size; /* bytes written to `reply` */
};

/* Begin with this ring, at boot and in a new domain. Bytes that are in the ring
 * already are thrown away: they were sent before the start. */
void xenstore_start(const struct boot_ring *ring);

/* The port to wait on for watch events. */
evtchn_port_t xenstore_port(void);

/*
 * Send `count` requests and take their replies; sets the `error` of each.
 * Returns the first error that is not 0, or 0; the caller judges whether it
 * matters. Waits as long as the daemon takes. A path and its value have at most
 * 4096 bytes together (XENSTORE_PAYLOAD_MAX).
 */
int xenstore_exchange(struct xenstore_request *requests, unsigned int count);

/* How far an exchange gets before the VM is late. */
enum xenstore_late {
    XENSTORE_IN_TIME,
    XENSTORE_UNREAD,    /* all is sent, no reply is read */
    XENSTORE_HALF_SENT, /* half of it is sent */
    XENSTORE_LYING,     /* nothing is sent, the indices are impossible */
};

/*
 * For testers of daemons: in the next exchange, do nothing for `late_ns`, and
 * then go on as usual. The daemon has to keep what was half sent, and the
 * replies. The daemons of Xen take no more requests of a domain whose indices
 * were impossible: the connection is lost if the exchange takes another 10 s.
 * If it was lost before, the exchange fails at once, and none is late.
 */
void xenstore_be_late(enum xenstore_late late, uint64_t late_ns);

/* False: every request fails with -XEN_EIO. */
bool xenstore_is_usable(void);

/* The connection is lost, and the daemon was asked for a new one, which may
 * come or not. */
bool xenstore_may_return(void);

/*
 * True, once for each new connection, which is used from now on. The daemon has
 * forgotten the watches, transactions and requests of the old connection.
 */
bool xenstore_renewed(void);

/* Take in the messages that have arrived. Does not wait. */
void xenstore_receive(void);

/* Take the oldest kept watch event. False: there is none. */
bool xenstore_next_event(unsigned int *watch);

bool xenstore_has_event(void);

/*
 * Wait until no message in the ring is incomplete. For a suspend: after it, the
 * ring may be another one.
 */
void xenstore_settle(void);

/* --- requests ------------------------------------------------------------- */

/* A request of any type, without a value. */
struct xenstore_request xenstore_plain(enum xsd_sockmsg_type type,
                                       uint32_t transaction, const char *path);

struct xenstore_request xenstore_read(uint32_t transaction, const char *path,
                                      char *reply, size_t reply_max);
struct xenstore_request xenstore_write(uint32_t transaction, const char *path,
                                       struct text value);
struct xenstore_request xenstore_remove(uint32_t transaction, const char *path);
struct xenstore_request xenstore_watch(const char *path, unsigned int watch);
struct xenstore_request xenstore_unwatch(const char *path, unsigned int watch);

/* The reply is the names of the child nodes, each with its NUL. */
struct xenstore_request xenstore_directory(const char *path, char *reply,
                                           size_t reply_max);

/* The reply is the transaction's number, as decimal text with a NUL. */
struct xenstore_request xenstore_transaction_start(char *reply,
                                                   size_t reply_max);
/* The number in the reply to `start`; 0: no transaction was begun. */
uint32_t xenstore_transaction_of(const struct xenstore_request *start);
/* Commit or abort. -XEN_EAGAIN: a conflict prevented the commit. */
struct xenstore_request xenstore_transaction_end(uint32_t transaction,
                                                 bool commit);

#endif
