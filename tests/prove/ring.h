/* SPDX-License-Identifier: MIT */
/*
 * ring - what each function of lib/ring.c asks for and promises, in ACSL:
 * Frama-C's WP proves it for all indices. RING_SIZE is the size of the ring in
 * bytes; a proof is for one size.
 */
#ifndef TESTS_PROVE_RING_H
#define TESTS_PROVE_RING_H

#include "lib/ring.h"

/* clang-format would join ".." with what is around it. */
/* clang-format off */
#define BYTES(ring) ((ring)->bytes + (0 .. RING_SIZE - 1))

#define WHOLE(ring)                                                            \
    (\valid(ring) && ring->size == RING_SIZE && \valid(BYTES(ring)) &&         \
     \valid(ring->mine) && \valid_read(ring->peers) &&                         \
     \separated(ring, BYTES(ring), ring->mine, ring->peers))

/* The caller's bytes are not in the ring. */
#define APART(bytes, ring)                                                     \
    \separated(bytes + (0 .. size - 1), ring, ring->mine, ring->peers,         \
               BYTES(ring))
/* clang-format on */

/*@ requires \valid(ring) && \valid_read(mine) && \separated(ring, mine);
    requires size == RING_SIZE;
    assigns *ring; */
void ring_start(struct ring *ring, char *bytes, uint32_t size, uint32_t *mine,
                uint32_t *peers);

/*@ requires \valid_read(ring) && \valid_read(ring->peers);
    assigns \nothing; */
static uint32_t peers_index(const struct ring *ring);

/*@ requires WHOLE(ring);
    assigns \nothing; */
int ring_readable(const struct ring *ring);

/*@ requires WHOLE(ring);
    assigns \nothing; */
int ring_writable(const struct ring *ring);

/*@ requires WHOLE(ring);
    assigns *ring->mine; */
static void publish_index(struct ring *ring);

/*@ requires WHOLE(ring);
    assigns *ring->mine; */
void ring_show(const struct ring *ring, uint32_t by);

/*@ requires WHOLE(ring);
    assigns \nothing;
    ensures \result < RING_SIZE; */
static uint32_t offset(const struct ring *ring);

/*@ requires WHOLE(ring) && \valid(size) && *size > 0;
    requires \separated(size, ring);
    assigns *size, ring->index, \result \from ring->bytes, ring->index;
    ensures 0 < *size <= \old(*size);
    ensures \valid(\result + (0 .. *size - 1));
    ensures \exists integer at; 0 <= at && at + *size <= RING_SIZE &&
            \result == ring->bytes + at; */
static char *take_piece(struct ring *ring, size_t *size);

/*@ requires WHOLE(ring);
    assigns ring->peer_waits; */
static void notice_waiting_peer(struct ring *ring, size_t size);

/*@ requires WHOLE(ring);
    requires to == 0 || \valid(to + (0 .. size - 1));
    requires APART(to, ring);
    assigns to[0 .. size - 1], ring->index, ring->peer_waits, *ring->mine; */
int ring_read(struct ring *ring, char *to, size_t size);

/*@ requires WHOLE(ring);
    requires \valid_read(from + (0 .. size - 1));
    requires APART(from, ring);
    assigns ring->bytes[0 .. RING_SIZE - 1], ring->index, *ring->mine; */
int ring_write(struct ring *ring, const char *from, size_t size);

#endif
