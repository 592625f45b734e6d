/* SPDX-License-Identifier: MIT */
/*
 * blkfront - virtual disks; see blkfront.h.
 */
#include "drivers/blkfront.h"

#include <xen/io/blkif.h>
#include <xen/io/protocols.h>
#include <xen/io/xenbus.h>

#include "drivers/front_ring.h"
#include "drivers/lend.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"

#define SECTORS_PER_PAGE (PAGE_SIZE / BLKFRONT_SECTOR)

_Static_assert(BLKFRONT_PAGES <= BLKIF_MAX_SEGMENTS_PER_REQUEST,
               "one request has a segment for each page");
_Static_assert(BLKFRONT_REQUESTS <= 8 * sizeof(unsigned int),
               "under_way and answered have a bit for each request");

/* The others have places in the ring at any time. */
#define HOSTILE_MAX (__CONST_RING_SIZE(blkif, PAGE_SIZE) - BLKFRONT_REQUESTS)

static struct front {
    struct front_ring ring;
    struct blkfront_disk disk;
    unsigned int under_way; /* bit N: request N */

    /* Answers that the caller has not taken yet: bit N for request N. */
    unsigned int answered;
    int status[BLKFRONT_REQUESTS];

    /* Requests that nobody waits for: bit N for request N. */
    unsigned int abandoned;
    char *pages[BLKFRONT_REQUESTS][BLKFRONT_PAGES]; /* theirs; null: none */
} fronts[XENBUS_DEVICE_MAX];

static struct front *front_of(const struct xenbus_device *device)
{
    return &fronts[device->place];
}

const struct blkfront_disk *blkfront_disk(const struct xenbus_device *device)
{
    return &front_of(device)->disk;
}

static int offer(struct xenbus_device *device,
                 struct xenbus_key keys[XENBUS_KEY_MAX])
{
    struct front *front = front_of(device);
    grant_ref_t reference;
    int error;
    void *page =
        lend_page(device->place, device->backend_domain, &reference, &error);

    if (!page)
        return error;
    *front = (struct front){.under_way = 0};
    front_ring_start(&front->ring, page, sizeof(union blkif_sring_entry));
    keys[0] = (struct xenbus_key){"ring-ref", reference, 0};
    /* Without this, Linux 6.1's backend was seen to take the VM for a 32-bit
     * one. */
    keys[1] = (struct xenbus_key){"protocol", 0, XEN_IO_PROTO_ABI_NATIVE};
    return 2;
}

/*
 * Called again when the disk changes: Linux's backend (xen-blkback) announces
 * "connected" again after the disk has a new size. A value that the backend
 * does not publish stays as it was.
 */
static int connect(struct xenbus_device *device)
{
    static const char *const names[] = {"sectors", "info",
                                        "feature-flush-cache"};
    const bool again = device->phase == XENBUS_CONNECTED;
    struct blkfront_disk *disk = &front_of(device)->disk;
    const struct blkfront_disk before = *disk;
    uint64_t values[] = {before.sector_count,
                         before.read_only ? VDISK_READONLY : 0,
                         before.can_flush};

    xenbus_read_backend(device, names, values, ARRAY_COUNT(names));
    disk->sector_count = values[0];
    disk->read_only = (values[1] & VDISK_READONLY) != 0;
    disk->can_flush = values[2] == 1;
    if (!again || disk->sector_count != before.sector_count ||
        disk->read_only != before.read_only)
        log_info("blkfront", "vbd/%u: %s, %llu sectors, %s", device->number,
                 again ? "changed" : "connected",
                 (unsigned long long)disk->sector_count,
                 disk->read_only ? "read-only" : "writable");
    return 0;
}

/* The backend has answered an abandoned request. */
static void end_abandoned(struct front *front, unsigned int number)
{
    for (unsigned int i = 0; i < BLKFRONT_PAGES; i++) {
        if (front->pages[number][i])
            lend_end(front->pages[number][i]);
    }
    front->abandoned &= ~(1U << number);
}

/* Keep the answers, for blkfront_answer(). */
static int event(struct xenbus_device *device)
{
    struct front *front = front_of(device);
    struct blkif_response response;
    int result;

    while ((result = front_ring_response(&front->ring, &response,
                                         sizeof(response))) > 0) {
        const unsigned int bit =
            response.id < BLKFRONT_REQUESTS ? 1U << response.id : 0;

        if (xenbus_judge(device, response.id, response.status))
            continue;
        if ((front->under_way & bit) == 0)
            return -XEN_EIO;
        front->under_way &= ~bit;
        if ((front->abandoned & bit) != 0) {
            end_abandoned(front, (unsigned int)response.id);
            continue;
        }
        front->answered |= bit;
        front->status[response.id] = response.status;
    }
    return result;
}

bool blkfront_is_under_way(const struct xenbus_device *device,
                           unsigned int number)
{
    return (front_of(device)->under_way >> number & 1) != 0;
}

void blkfront_ask(struct xenbus_device *device, unsigned int number,
                  const struct blkfront_request *request)
{
    static const uint8_t operations[] = {
        [BLKFRONT_READ] = BLKIF_OP_READ,
        [BLKFRONT_WRITE] = BLKIF_OP_WRITE,
        [BLKFRONT_FLUSH] = BLKIF_OP_FLUSH_DISKCACHE,
    };
    struct front *front = front_of(device);
    struct blkif_request *place;

    ASSERT(device->phase == XENBUS_CONNECTED && number < BLKFRONT_REQUESTS &&
           request->page_count <= BLKFRONT_PAGES &&
           !blkfront_is_under_way(device, number));
    place = front_ring_request(&front->ring);
    ASSERT(place); /* there are fewer numbers than places in the ring */
    if (!place)
        return;
    *place = (struct blkif_request){
        .operation = operations[request->kind],
        .nr_segments = (uint8_t)request->page_count,
        .handle = (blkif_vdev_t)device->number,
        .id = number,
        .sector_number = request->sector,
    };
    for (unsigned int i = 0; i < request->page_count; i++)
        place->seg[i] = (struct blkif_request_segment){
            .gref = request->pages[i],
            .last_sect = SECTORS_PER_PAGE - 1,
        };
    front->under_way |= 1U << number;
    if (front_ring_push(&front->ring))
        xenbus_notify(device);
}

void blkfront_abandon(struct xenbus_device *device, unsigned int number,
                      char *const pages[BLKFRONT_PAGES])
{
    struct front *front = front_of(device);

    ASSERT(blkfront_is_under_way(device, number));
    memcpy(front->pages[number], pages, sizeof(front->pages[number]));
    front->abandoned |= 1U << number;
}

bool blkfront_provoke(struct xenbus_device *device,
                      const struct blkif_request *request)
{
    return xenbus_provoke(device, &front_of(device)->ring, request, 1,
                          HOSTILE_MAX);
}

bool blkfront_answer(struct xenbus_device *device, unsigned int *number,
                     int *status)
{
    struct front *front = front_of(device);

    if (front->answered == 0)
        return false;
    *number = (unsigned int)__builtin_ctz(front->answered);
    *status = front->status[*number];
    front->answered &= front->answered - 1;
    return true;
}

static void corrupt(struct xenbus_device *device)
{
    front_ring_corrupt(&front_of(device)->ring);
    xenbus_notify(device);
}

const struct xenbus_driver blkfront_driver = {
    .type = "vbd",
    .folder = "device/vbd",
    .offered = XenbusStateInitialised,
    .offer = offer,
    .connect = connect,
    .event = event,
    .corrupt = corrupt,
};
