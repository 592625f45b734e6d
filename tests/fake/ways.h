/* SPDX-License-Identifier: MIT */
/*
 * fake/ways - one fact, under many orders of events and sizes of pieces.
 *
 * Way 0 is orderly. The other ways are shuffled, with bytes in random pieces
 * and ring indices that are about to wrap. SEED=n in the environment tries way
 * n alone; a test that fails prints its way.
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

/* The way that is tried now. */
extern struct fake_way fake_way;

/*
 * while (fake_next_way(begin)) { ... }: `begin` sets everything up for
 * fake_way. It has to call fake_shuffle(fake_way.seed).
 */
bool fake_next_way(void (*begin)(void));

/* For a test's set-up: take the orderly way. For its tear-down: print the way
 * that failed. */
void fake_first_way(void (*begin)(void));
int fake_end_way(void **state);

#endif
