/* SPDX-License-Identifier: MIT */
/*
 * fake/store - a xenstored at the other end of a struct
 * xenstore_domain_interface.
 *
 * Speaks the protocol as C xenstored does (xen/io/xs_wire.h). Replies and
 * events are in one stream, in order. A watch fires once when it is set, after
 * its reply. A change fires watches before its own reply, or after it if
 * replies_first is set; changes of a transaction fire them at commit. The
 * daemon sends the guest an event whenever it has moved bytes, and sleeps when
 * there is nothing to read and no room to write.
 *
 * Does not trust the guest: a broken message fails the test, and so does a
 * broken ring, unless the test expects one. Misbehaves only as the test orders.
 */
#ifndef TESTS_FAKE_STORE_H
#define TESTS_FAKE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "arch/arch.h"
#include "lib/text.h"

#define FAKE_STORE_PORT  1
#define FAKE_STORE_WATCH 64 /* most watches */

/* The longest path that the guest may name. Some daemons have such a limit. */
#define FAKE_STORE_PATH_MAX 200

/* A request of the guest, as it came. */
struct fake_request {
    uint32_t type, id, transaction;
    const char *path;  /* the first string of the payload */
    struct text value; /* the bytes behind the NUL of `path` */
};

/* The daemon does this when ring indices are impossible. */
enum fake_offence {
    FAKE_STORE_FAILS,      /* it fails the test */
    FAKE_STORE_FORGIVES,   /* it leaves the ring alone */
    FAKE_STORE_TURNS_DEAF, /* it is silent from now on, as Xen's daemons are */
};

struct fake_store {
    enum fake_offence offended;
    unsigned int request_count;
    unsigned int renewed_count; /* new connections that were made */
    bool keeps_watches;         /* it has refused to remove a watch */

    /* Most bytes in a step, if shuffled: a random part of this; 0: any
     * number. */
    unsigned int most;
    bool replies_first;           /* then the events of the same request */
    bool silent;                  /* read nothing, write nothing */
    bool renews;                  /* makes a new connection if asked */
    const char *failing_path;     /* as the guest names it: fails with... */
    const char *failing_with;     /* ... this error */
    uint32_t failing_type;        /* XS_...: fails the same way; 0: none */
    unsigned int failing_request; /* number of a request to fail; 0: none */
    unsigned int node_max;        /* most nodes; 0: any number */
    unsigned int watch_max;       /* most watches; 0: any number */

    /* Called before and after each request is handled; may be null. */
    void (*before)(const struct fake_request *request);
    void (*after)(const struct fake_request *request);
};

extern struct fake_store fake_store;
extern struct xenstore_domain_interface *fake_store_page;

/* An empty store, all ring indices at `index`. Call it after
 * fake_arch_start(). */
struct boot_ring fake_store_start(uint32_t index);

/*
 * Another, empty store takes over, at another port. renew: the page is new, all
 * indices are at `index`, and access to the old page fails the test. keep: the
 * page stays as it is, with its stale bytes.
 */
struct boot_ring fake_store_renew(evtchn_port_t port, uint32_t index);
struct boot_ring fake_store_keep(evtchn_port_t port);

/* Wake the daemon without an event: it looks after its ring. */
void fake_store_wake(void);

/* Whether requests of the guest wait to be handled. */
bool fake_store_has_requests(void);

/* Whether all requests of the guest are handled and no transaction is open. A
 * request for a new connection does not count. */
bool fake_store_rests(void);

unsigned int fake_store_watch_count(void);

/* Whether the guest watches this path. */
bool fake_store_watches(const char *path);

/* Changes by dom0; relative paths are those of the guest. */
void fake_store_write(const char *path, const char *value);
void fake_store_write_text(const char *path, struct text value);
void fake_store_remove(const char *path);

/* The guest may only read `path`: it gets EACCES for a change. */
void fake_store_read_only(const char *path);

/* No path is read-only any more. */
void fake_store_may_write_all(void);

/* The value of the node, with a NUL; null: absent. Valid until the next
 * call. */
const char *fake_store_value(const char *path);

/* Whether the node holds exactly `value`; null: whether it is absent. */
bool fake_store_holds(const char *path, const char *value);

/* Make the stream invalid from here on. */
void fake_store_garble(void);

/* Offer new connections, and make each that is asked for: now or later. */
void fake_store_offer(void);
void fake_store_withhold(void); /* make none; the offer stands */
void fake_store_grant(void);    /* make the one that was asked for */

/* Send a message that the guest did not ask for. */
void fake_store_say(uint32_t type, uint32_t id, struct text payload);

/* The same, but the header claims a payload of `claimed` bytes. */
void fake_store_claim(uint32_t type, uint32_t id, struct text payload,
                      uint32_t claimed);

#endif
