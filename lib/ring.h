/* SPDX-License-Identifier: MIT */
/*
 * ring - one direction of a byte ring that is shared with another domain.
 *
 * The only place that calculates with ring indices. Indices run freely and wrap
 * at 2^32; the size is a power of two. The peer owns one of the two indices and
 * may write anything there at any time: that index is read once and checked,
 * and a pair that claims more than the ring holds is -XEN_EIO. Our own index is
 * in shared memory, too, so a copy is kept here, and the shared one is only
 * written.
 *
 * Bytes are read after the producer's index, and the index is published after
 * the bytes (xen/io/xs_wire.h, xen/io/console.h).
 */
#ifndef LIB_RING_H
#define LIB_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"

struct ring {
    char *bytes;
    uint32_t size;   /* of the ring, in bytes: a power of two */
    uint32_t *mine;  /* the shared index that we write */
    uint32_t *peers; /* the shared index that the peer writes */
    uint32_t index;  /* our index: prod for a writer, else cons */
    bool peer_waits; /* see ring_read(); the caller clears it */
};

/* Start with the index of ours that is in shared memory. */
void ring_start(struct ring *ring, char *bytes, uint32_t size, uint32_t *mine,
                uint32_t *peers);

/* How many bytes can be read or written now: 0 or more, or -XEN_EIO. */
int ring_readable(const struct ring *ring) MUST_CHECK;
int ring_writable(const struct ring *ring) MUST_CHECK;

/*
 * Move up to `size` bytes and publish our index. Returns how many bytes were
 * moved, 0 if none could be moved, or -XEN_EIO. ring_read() drops the bytes if
 * `to` is null. If it made room in a full ring, it sets `peer_waits`: the
 * caller has to notify the peer, or the peer may never write again.
 */
int ring_read(struct ring *ring, char *to, size_t size) MUST_CHECK;
int ring_write(struct ring *ring, const char *from, size_t size) MUST_CHECK;

/* For testers of peers: show our index and `by` more, which may be impossible.
 * The ring itself goes on from the true one, which 0 shows again. */
void ring_show(const struct ring *ring, uint32_t by);

#endif
