/* SPDX-License-Identifier: MIT */
/*
 * blkfront - the frontend of virtual disks, "vbd" (xen/io/blkif.h).
 *
 * A request moves at most BLKFRONT_PAGES pages between the disk and pages of
 * the pool (drivers/lend.h). The caller gives each request a number below
 * BLKFRONT_REQUESTS. A backend that answers a number with no request under way
 * breaks the rules, and its device is closed.
 *
 * A close or a resume in a new domain forgets the requests under way.
 * device->connected shows that this happened.
 */
#ifndef DRIVERS_BLKFRONT_H
#define DRIVERS_BLKFRONT_H

#include "drivers/xenbus.h"

#define BLKFRONT_PAGES    8
#define BLKFRONT_REQUESTS 2
#define BLKFRONT_SECTOR   512 /* sectors are always counted in this size */

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
    uint64_t sector;         /* the first */
    unsigned int page_count; /* whole pages are moved; 0: a flush */
    grant_ref_t pages[BLKFRONT_PAGES];
};

/* Whether the request with this number has no answer yet. */
bool blkfront_is_under_way(const struct xenbus_device *device,
                           unsigned int number);

/* Send a request. The device must be connected, and the number must not be
 * under way. */
void blkfront_ask(struct xenbus_device *device, unsigned int number,
                  const struct blkfront_request *request);

/* Take an answer: its number and its BLKIF_RSP_*. False: there is none. */
bool blkfront_answer(struct xenbus_device *device, unsigned int *number,
                     int *status);

#endif
