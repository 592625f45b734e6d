/* SPDX-License-Identifier: MIT */
/*
 * blkfront - the frontend of virtual disks, "vbd" (xen/io/blkif.h).
 *
 * One request moves BLKFRONT_PAGES pages at most, between the disk and pages of
 * the pool (drivers/lend.h). The caller says which request it is by a number of
 * its own below BLKFRONT_REQUESTS; an answer to anything else, or a second
 * answer, is a backend that breaks the rules, and its device is closed.
 *
 * A resume in a new domain, as well as a close, forgets the requests under way:
 * device->connected tells that it happened.
 */
#ifndef DRIVERS_BLKFRONT_H
#define DRIVERS_BLKFRONT_H

#include "drivers/xenbus.h"

#define BLKFRONT_PAGES    8
#define BLKFRONT_REQUESTS 2
#define BLKFRONT_SECTOR   512 /* what sectors are counted in, always */

extern const struct xenbus_driver blkfront_driver;

struct blkfront_disk {
    uint64_t sector_count; /* of BLKFRONT_SECTOR bytes */
    bool read_only, can_flush;
};

/* What a connected device says of itself. */
const struct blkfront_disk *blkfront_disk(const struct xenbus_device *device);

struct blkfront_request {
    enum {
        BLKFRONT_READ,
        BLKFRONT_WRITE,
        BLKFRONT_FLUSH
    } kind;
    uint64_t sector;         /* the first */
    unsigned int page_count; /* all of them are moved; 0: a flush */
    grant_ref_t pages[BLKFRONT_PAGES];
};

/* Whether the request of that number has not been answered. */
bool blkfront_is_under_way(const struct xenbus_device *device,
                           unsigned int number);

/* Ask for it. The device is connected, and the number is not under way. */
void blkfront_ask(struct xenbus_device *device, unsigned int number,
                  const struct blkfront_request *request);

/* Take an answer: its number and BLKIF_RSP_*. False: there is none. */
bool blkfront_answer(struct xenbus_device *device, unsigned int *number,
                     int *status);

#endif
