/* SPDX-License-Identifier: MIT */
/*
 * blkfront - the frontend of virtual disks, "vbd" (xen/io/blkif.h).
 *
 * A request moves at most BLKFRONT_PAGES pages between the disk and pages of
 * the pool (drivers/lend.h), which the caller has lent to the backend. The
 * caller gives each request a number below BLKFRONT_REQUESTS. A request is
 * under way from blkfront_ask() until the backend has answered its number. A
 * backend that answers another number breaks the rules, and its device is
 * closed.
 *
 * A close or a resume in a new domain forgets the requests under way and the
 * answers. device->connected, which counts connections, shows that this
 * happened.
 */
#ifndef DRIVERS_BLKFRONT_H
#define DRIVERS_BLKFRONT_H

#include "drivers/xenbus.h"

#define BLKFRONT_PAGES    8   /* of one request */
#define BLKFRONT_REQUESTS 2   /* of one disk at the same time */
#define BLKFRONT_SECTOR   512 /* bytes, whatever the disk's own sectors are */

extern const struct xenbus_driver blkfront_driver;

struct blkfront_disk {
    uint64_t sector_count; /* of BLKFRONT_SECTOR bytes */
    bool read_only, can_flush;
};

/* The properties of a connected disk, as its backend published them. */
const struct blkfront_disk *blkfront_disk(const struct xenbus_device *device);

struct blkfront_request {
    enum {
        BLKFRONT_READ,
        BLKFRONT_WRITE,
        BLKFRONT_FLUSH
    } kind;
    uint64_t sector;                   /* the first, counted from 0 */
    unsigned int page_count;           /* whole pages are moved; 0: a flush */
    grant_ref_t pages[BLKFRONT_PAGES]; /* the references of lend_page() */
};

/* Whether the request with this number has no answer yet. */
bool blkfront_is_under_way(const struct xenbus_device *device,
                           unsigned int number);

/* Send a request. The device must be connected, and the number must not be
 * under way. */
void blkfront_ask(struct xenbus_device *device, unsigned int number,
                  const struct blkfront_request *request);

/*
 * Forget a request that is under way. Its pages go back to the pool when the
 * backend has answered: until then the backend may map and use them, and the
 * number stays under way. There will be no answer to take. A null pointer in
 * `pages` stands for no page.
 */
void blkfront_abandon(struct xenbus_device *device, unsigned int number,
                      char *const pages[BLKFRONT_PAGES]);

/*
 * Send a request of an attack. Its id is XENBUS_HOSTILE_ID. device->judge gets
 * its status. False: too many are under way.
 */
struct blkif_request;
bool blkfront_provoke(struct xenbus_device *device,
                      const struct blkif_request *request);

/* Take an answer: the number of its request, and its status, BLKIF_RSP_* of
 * xen/io/blkif.h. False: there is none. */
bool blkfront_answer(struct xenbus_device *device, unsigned int *number,
                     int *status);

#endif
