/* SPDX-License-Identifier: MIT */
/*
 * front_ring - the frontend's end of a ring of requests and responses.
 *
 * The layout of xen/io/ring.h, for any size of entry: requests go in at one
 * end, their responses come back in the same places. Indices run freely and
 * wrap at 2^32. The backend owns one of them and may write anything there and
 * into the entries at any time: an index is read once and checked, a response
 * is copied and then used. What is ours is kept here and only ever written
 * there.
 */
#ifndef DRIVERS_FRONT_RING_H
#define DRIVERS_FRONT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"

struct front_ring {
    struct front_ring_page *page;
    uint32_t entry_size, entry_count; /* the count is a power of two */
    uint32_t req_prod, rsp_cons;
    uint32_t shown; /* requests that the backend may see */
};

/* Begin with an empty ring in a page of zeroes. */
void front_ring_start(struct front_ring *ring, void *page, uint32_t entry_size);

/* The place of the next request; null: there is none free. */
void *front_ring_request(struct front_ring *ring);

/* Show the backend all requests so far. True: it has to be told. */
bool front_ring_push(struct front_ring *ring);

/*
 * Copy the next response, `size` bytes of it, no more than an entry has. 1: it
 * is there; 0: none is, and an event will come with the next; -XEN_EIO: the
 * backend claims more responses than requests were shown to it, or fewer than
 * it did before.
 */
int front_ring_response(struct front_ring *ring, void *response,
                        size_t size) MUST_CHECK;

/*
 * Claim more requests than the ring has room for, however many the backend has
 * answered. For testers of backends. The next push of a request mends it.
 */
void front_ring_corrupt(struct front_ring *ring);

#endif
