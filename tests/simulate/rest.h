/* SPDX-License-Identifier: MIT */
/*
 * rest - the end of a run: all agents behave well, and the VM must be well.
 *
 * The VM must obey, answer, come to rest without a wake-up, have the size that
 * the toolstack wants, and end when it is told to.
 */
#ifndef TESTS_SIMULATE_REST_H
#define TESTS_SIMULATE_REST_H

/* Do the next step with a VM at rest. */
void rest_step(void);

/* The VM does not come to rest: do the next step that needs no rest. */
void rest_hurry(void);

#endif
