/* SPDX-License-Identifier: MIT */
/*
 * front_ring - the frontend's end of a ring of requests and responses.
 *
 * The layout is that of xen/io/ring.h, for any size of entry. A response takes
 * the place of a request that was answered. Indices run freely and wrap at
 * 2^32. The backend owns one index, and may write anything at any time to that
 * index and to the entries. So an index is read once and then checked; a
 * response is copied before it is used. The frontend keeps its own indices in
 * struct front_ring: it writes them to the page, and never reads them back.
 */
#ifndef DRIVERS_FRONT_RING_H
#define DRIVERS_FRONT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"

struct front_ring {
    struct front_ring_page *page;
    uint32_t entry_size;  /* bytes */
    uint32_t entry_count; /* a power of two */
    uint32_t req_prod, rsp_cons;
    uint32_t shown; /* req_prod as the backend sees it */
};

/* Begin with an empty ring in a page of zeroes. `entry_size` is that of the
 * union of request and response, in bytes; the ring has as many entries as fit.
 */
void front_ring_start(struct front_ring *ring, void *page, uint32_t entry_size);

/* The place of the next request, for the caller to fill in. The backend sees it
 * after front_ring_push(). Null: the ring is full. */
void *front_ring_request(struct front_ring *ring);

/* Show the backend all requests so far. True: the caller must notify the
 * backend. */
bool front_ring_push(struct front_ring *ring);

/*
 * Copy `size` bytes of the next response, at most the size of an entry. 1:
 * copied; 0: there is none, and the next response causes an event; -XEN_EIO:
 * the backend claims more responses than requests were shown, or fewer than
 * before.
 */
int front_ring_response(struct front_ring *ring, void *response,
                        size_t size) MUST_CHECK;

/*
 * Claim more requests than the ring has room for, whatever the backend has
 * answered. For testers of backends. The next push of a request repairs the
 * index.
 */
void front_ring_corrupt(struct front_ring *ring);

#endif
