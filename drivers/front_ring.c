/* SPDX-License-Identifier: MIT */
/*
 * front_ring - requests and responses; see front_ring.h.
 */
#include "drivers/front_ring.h"

#include <xen/xen.h>

#include <xen/io/ring.h>

#include "arch/arch.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/string.h"

/*
 * xen/io/ring.h makes one type for each size of entry; all of them begin alike.
 */
DEFINE_RING_TYPES(any, uint8_t, uint8_t);

struct front_ring_page {
    RING_IDX req_prod, req_event, rsp_prod, rsp_event;
    uint8_t pad[48];
    uint8_t entries[];
};

#define SAME_PLACE(member)                                                     \
    (offsetof(struct front_ring_page, member) ==                               \
     offsetof(struct any_sring, member))

_Static_assert(SAME_PLACE(req_prod) && SAME_PLACE(req_event) &&
                   SAME_PLACE(rsp_prod) && SAME_PLACE(rsp_event) &&
                   offsetof(struct front_ring_page, entries) ==
                       offsetof(struct any_sring, ring),
               "the layout is that of xen/io/ring.h");

static void *entry(const struct front_ring *ring, uint32_t index)
{
    const size_t place = index & (ring->entry_count - 1);

    return &ring->page->entries[place * ring->entry_size];
}

void front_ring_start(struct front_ring *ring, void *page, uint32_t entry_size)
{
    const uint32_t room = PAGE_SIZE - sizeof(struct front_ring_page);

    *ring = (struct front_ring){
        .page = page,
        .entry_size = entry_size,
        .entry_count = 1,
    };
    while (2 * ring->entry_count * entry_size <= room)
        ring->entry_count *= 2;
    ring->page->req_event = 1;
    ring->page->rsp_event = 1;
}

WRAPS void *front_ring_request(struct front_ring *ring)
{
    if (ring->req_prod - ring->rsp_cons >= ring->entry_count)
        return 0;
    return entry(ring, ring->req_prod++);
}

WRAPS bool front_ring_push(struct front_ring *ring)
{
    const uint32_t before = ring->shown;
    uint32_t event;

    if (before == ring->req_prod)
        return false;
    ring->shown = ring->req_prod;
    __atomic_store_n(&ring->page->req_prod, ring->shown, __ATOMIC_SEQ_CST);
    event = __atomic_load_n(&ring->page->req_event, __ATOMIC_SEQ_CST);
    /* xen/io/ring.h: the backend wants an event when req_prod passes `event`.
     */
    return ring->shown - event < ring->shown - before;
}

WRAPS int front_ring_response(struct front_ring *ring, void *response,
                              size_t size)
{
    uint32_t prod = __atomic_load_n(&ring->page->rsp_prod, __ATOMIC_ACQUIRE);

    ASSERT(size <= ring->entry_size);
    if (prod == ring->rsp_cons) {
        /* Ask for an event, then look again: a response may have come
         * meanwhile. */
        __atomic_store_n(&ring->page->rsp_event, ring->rsp_cons + 1,
                         __ATOMIC_SEQ_CST);
        prod = __atomic_load_n(&ring->page->rsp_prod, __ATOMIC_SEQ_CST);
        if (prod == ring->rsp_cons)
            return 0;
    }
    if (prod - ring->rsp_cons > ring->shown - ring->rsp_cons)
        return -XEN_EIO;
    memcpy(response, entry(ring, ring->rsp_cons), size);
    ring->rsp_cons++;
    return 1;
}

WRAPS void front_ring_corrupt(struct front_ring *ring)
{
    __atomic_store_n(&ring->page->req_prod,
                     ring->rsp_cons + 3 * ring->entry_count, __ATOMIC_SEQ_CST);
}
