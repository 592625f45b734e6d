/* SPDX-License-Identifier: MIT */
/*
 * attack_disk - requests to a virtual disk that are wrong (xen/io/blkif.h).
 *
 * None can change the disk, even if its backend checks nothing: there is no
 * write, a flush has no data, and a discard is far beyond the end.
 */
#include "kernel/attack_device.h"

#include <xen/io/blkif.h>

#include "drivers/blkfront.h"
#include "lib/macros.h"

enum sector {
    START,
    FAR,  /* beyond the end of any disk */
    LAST, /* the end of the request has more than 64 bits */
};

/*
 * In an indirect request other members are in these places: its operation is in
 * that of the number of segments, and that number in that of the handle. The
 * references to its segments are made of all the rest. In a discard the number
 * of sectors is in the place of the first segment.
 */
static const struct row {
    unsigned char operation : 3, sector : 2;
    unsigned char reference : 2; /* of attack_reference() */
    unsigned char strange : 1;   /* the handle is that of another disk */
    unsigned char segments, first, last;
} rows[] = {
    {7, START, 0, 0, 1, 0, 7}, /* no operation */
    {BLKIF_OP_RESERVED_1, START, 0, 0, 1, 0, 7},
    {BLKIF_OP_READ, FAR, 0, 0, 1, 0, 7},
    {BLKIF_OP_READ, LAST, 0, 0, 1, 0, 7},
    {BLKIF_OP_READ, START, 0, 0, 1, 7, 0},
    {BLKIF_OP_READ, START, 0, 0, 1, 0, 255},
    {BLKIF_OP_READ, START, 0, 0, 0, 0, 7},
    {BLKIF_OP_READ, START, 0, 0, 255, 0, 7},
    {BLKIF_OP_READ, START, 1, 0, 1, 0, 7},
    {BLKIF_OP_READ, START, 2, 0, 11, 0, 7},
    {BLKIF_OP_READ, START, 3, 0, 1, 0, 7},
    {BLKIF_OP_INDIRECT, START, 1, 1, BLKIF_OP_READ, 7, 0},
    {BLKIF_OP_INDIRECT, FAR, 2, 0, BLKIF_OP_READ, 255, 255}, /* too many */
    {BLKIF_OP_INDIRECT, START, 0, 1, 99, 0, 7},
    {BLKIF_OP_DISCARD, FAR, 0, 0, 0, 0, 7},
    {BLKIF_OP_DISCARD, FAR, 2, 1, 255, 255, 255},
    {BLKIF_OP_FLUSH_DISKCACHE, LAST, 0, 1, 0, 0, 7},
    {BLKIF_OP_WRITE_BARRIER, LAST, 0, 1, 0, 0, 7},
    {BLKIF_OP_READ, START, 0, 1, 1, 0, 7},
};

bool attack_disk_request(struct xenbus_device *device, uint32_t number,
                         grant_ref_t reference)
{
    static const uint64_t sectors[] = {0, 1ULL << 53, UINT64_MAX - 3};
    const struct row *row = &rows[number % ARRAY_COUNT(rows)];
    const struct blkif_request_segment segment = {
        attack_reference(row->reference, reference), row->first, row->last};
    struct blkif_request request = {
        .operation = row->operation,
        .nr_segments = row->segments,
        .handle = row->strange ? 8 : (blkif_vdev_t)device->number,
        .id = XENBUS_HOSTILE_ID,
        .sector_number = sectors[row->sector],
    };

    for (unsigned int i = 0; i < ARRAY_COUNT(request.seg); i++)
        request.seg[i] = segment;
    return blkfront_provoke(device, &request);
}
