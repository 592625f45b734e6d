/* SPDX-License-Identifier: MIT */
/*
 * fake/ways - one fact, under many orders of events and sizes of pieces.
 *
 * Way 0 is orderly; the others are shuffled, with bytes in random pieces and
 * rings that are about to wrap. SEED=n in the environment tries way n alone;
 * a test that fails says which way it was.
 */
#ifndef TESTS_FAKE_WAYS_H
#define TESTS_FAKE_WAYS_H

#include <stdbool.h>
#include <stdint.h>

struct fake_way {
    unsigned int seed;
    uint32_t index;    /* where ring indices start */
    unsigned int most; /* bytes at a time; 0: any */
};

/* The way that is being tried. */
extern struct fake_way fake_way;

/*
 * while (fake_next_way(begin)) { ... }: `begin` sets all up for fake_way. Call
 * fake_shuffle(fake_way.seed) in it.
 */
bool fake_next_way(void (*begin)(void));

/* A test's set-up: the orderly way; and its tear-down: name a way that failed.
 */
void fake_first_way(void (*begin)(void));
int fake_end_way(void **state);

#endif
