/* SPDX-License-Identifier: MIT */
/*
 * fake/store - a xenstored at the other end of a struct
 * xenstore_domain_interface.
 *
 * Speaks the protocol as C xenstored does (xen/io/xs_wire.h): replies and
 * events in one stream, in order; a watch fires once when it is set, after its
 * reply; a change fires watches before its own reply, those of a transaction at
 * commit. It tells the guest whenever it has moved bytes, and sleeps when there
 * is nothing to read and no room to write.
 *
 * Does not trust the guest: a broken ring or message fails the test. Misbehaves
 * only as the test says.
 */
#ifndef TESTS_FAKE_STORE_H
#define TESTS_FAKE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "arch/arch.h"
#include "lib/text.h"

#define FAKE_STORE_PORT  1
#define FAKE_STORE_WATCH 32 /* watches at most */

/* What the guest asks, as it came. */
struct fake_request {
    uint32_t type, id, transaction;
    const char *path;  /* the first string of the payload */
    struct text value; /* what follows its NUL */
};

struct fake_store {
    unsigned int request_count;
    unsigned int renewed_count; /* connections that were asked for */
    bool keeps_watches;         /* it has refused to end one */

    /* At most so many bytes at a time, shuffled: a random part; 0: any. */
    unsigned int most;
    bool silent;                  /* read nothing, say nothing */
    bool renews;                  /* offers, and makes, a new connection */
    const char *failing_path;     /* as the guest names it: answer with... */
    const char *failing_with;     /* ...this error */
    uint32_t failing_type;        /* XS_...: the same for this kind; 0: none */
    unsigned int failing_request; /* the same for the request of this number */
    unsigned int node_max;        /* at most so many nodes; 0: any number */
    unsigned int watch_max;       /* ... and watches */

    /* Called around the handling of each request; may be null. */
    void (*before)(const struct fake_request *request);
    void (*after)(const struct fake_request *request);
};

extern struct fake_store fake_store;
extern struct xenstore_domain_interface *fake_store_page;

/* An empty store, all ring indices at `index`. After fake_arch_start(). */
struct boot_ring fake_store_start(uint32_t index);

/*
 * Another, empty store takes over, at another port: with a fresh page, all
 * indices at `index`, and whoever touches the old page fails the test; or with
 * the page as it is, stale bytes and all.
 */
struct boot_ring fake_store_renew(evtchn_port_t port, uint32_t index);
struct boot_ring fake_store_keep(evtchn_port_t port);

/* The daemon looks after its ring, by itself. */
void fake_store_wake(void);

/* Whether the guest has asked for nothing that is not done and answered, but
 * for a new connection. */
bool fake_store_rests(void);

unsigned int fake_store_watch_count(void);

/* Whether the guest watches this path. */
bool fake_store_watches(const char *path);

/* What dom0 does; relative paths are the guest's. */
void fake_store_write(const char *path, const char *value);
void fake_store_write_text(const char *path, struct text value);
void fake_store_remove(const char *path);

/* The guest may read `path` and no more: EACCES. */
void fake_store_read_only(const char *path);

/* No path is read-only any more. */
void fake_store_may_write_all(void);

/* What the node holds, with a NUL; null: it is absent. Good until the next. */
const char *fake_store_value(const char *path);

/* Whether the node holds exactly `value`; null: is absent. */
bool fake_store_holds(const char *path, const char *value);

/* The stream makes no sense from here on. */
void fake_store_garble(void);

/* Put a message into the stream that nothing asked for. */
void fake_store_say(uint32_t type, uint32_t id, struct text payload);

/* The same, its header claiming a payload of `claimed` bytes. */
void fake_store_claim(uint32_t type, uint32_t id, struct text payload,
                      uint32_t claimed);

#endif
