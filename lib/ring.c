/* SPDX-License-Identifier: MIT */
/*
 * ring - one direction of a byte ring that is shared with another domain.
 *
 * Trusts nothing that the peer writes: neither its index nor the bytes. Never
 * waits, never notifies the peer (that is an event channel's work), and never
 * decides twice on the peer's index in one operation. The comments that begin
 * with @ are for `make prove`; tests/prove/ring.h has the promises of the
 * functions.
 */
#include "lib/ring.h"

#include "lib/assert.h"
#include "lib/error.h"
#include "lib/string.h"

void ring_start(struct ring *ring, char *bytes, uint32_t size, uint32_t *mine,
                uint32_t *peers)
{
    ASSERT(size > 0 && (size & (size - 1)) == 0);
    ring->bytes = bytes;
    ring->size = size;
    ring->mine = mine;
    ring->peers = peers;
    ring->index = __atomic_load_n(mine, __ATOMIC_RELAXED);
    ring->peer_waits = false;
}

/* Acquire: touch no byte before the peer says that it is done with it. */
static uint32_t peers_index(const struct ring *ring)
{
    return __atomic_load_n(ring->peers, __ATOMIC_ACQUIRE);
}

WRAPS int ring_readable(const struct ring *ring)
{
    uint32_t filled = peers_index(ring) - ring->index;

    return filled > ring->size ? -XEN_EIO : (int)filled;
}

WRAPS int ring_writable(const struct ring *ring)
{
    uint32_t filled = ring->index - peers_index(ring);

    return filled > ring->size ? -XEN_EIO : (int)(ring->size - filled);
}

/* Release: the peer must not see the index before our copies are done. */
static void publish_index(struct ring *ring)
{
    __atomic_store_n(ring->mine, ring->index, __ATOMIC_RELEASE);
}

WRAPS void ring_show(const struct ring *ring, uint32_t by)
{
    __atomic_store_n(ring->mine, ring->index + by, __ATOMIC_RELEASE);
}

/* Where our index is in the ring. */
static uint32_t offset(const struct ring *ring)
{
    return ring->index & (ring->size - 1);
}

/* The address of the next bytes. *size becomes the number of bytes that lie in
 * one piece there, if that is less. Moves our index behind them. */
WRAPS static char *take_piece(struct ring *ring, size_t *size)
{
    const uint32_t at = offset(ring);

    *size = MIN(*size, ring->size - at);
    ring->index += (uint32_t)*size;
    return ring->bytes + at;
}

/*
 * A peer that found the ring full sleeps until it is notified of room. Without
 * the fence it could sleep forever: (1) our load of prod passes our store of
 * cons and sees room, (2) the peer fills the ring, sees the old cons and
 * sleeps, (3) our store of cons becomes visible, and nobody notifies the peer.
 */
WRAPS static void notice_waiting_peer(struct ring *ring, size_t size)
{
    uint32_t before = ring->index - (uint32_t)size;

    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (peers_index(ring) - before >= ring->size) {
        ring->peer_waits = true;
    }
}

int ring_read(struct ring *ring, char *to, size_t size)
{
    int readable = ring_readable(ring);
    size_t left, piece;

    if (readable <= 0 || size == 0) {
        return MIN(readable, 0);
    }
    size = MIN(size, (size_t)readable);
    /*@ loop invariant left <= size;
        loop invariant to == 0 <==> \at(to, LoopEntry) == 0;
        loop invariant to == 0 || to == \at(to, LoopEntry) + (size - left);
        loop assigns left, piece, to, ring->index;
        loop assigns \at(to, LoopEntry)[0 .. size - 1]; */
    for (left = size; left > 0; left -= piece) {
        const char *from;

        piece = left;
        from = take_piece(ring, &piece);
        if (to) {
            memcpy(to, from, piece);
            to += piece;
        }
    }
    publish_index(ring);
    notice_waiting_peer(ring, size);
    return (int)size;
}

int ring_write(struct ring *ring, const char *from, size_t size)
{
    int writable = ring_writable(ring);
    size_t left, piece;

    if (writable <= 0 || size == 0) {
        return MIN(writable, 0);
    }
    size = MIN(size, (size_t)writable);
    /*@ loop invariant left <= size;
        loop invariant from == \at(from, LoopEntry) + (size - left);
        loop assigns left, piece, from, ring->index;
        loop assigns ring->bytes[0 .. ring->size - 1]; */
    for (left = size; left > 0; left -= piece) {
        char *to;

        piece = left;
        to = take_piece(ring, &piece);
        memcpy(to, from, piece);
        from += piece;
    }
    publish_index(ring);
    return (int)size;
}
