/* SPDX-License-Identifier: MIT */
/*
 * rest - the end of a run: the world is healed, and the VM has to be well.
 *
 * It obeys, answers, comes to rest without asking to be woken, has what the
 * toolstack wants it to have, and ends when it is told to.
 */
#ifndef TESTS_SIMULATE_REST_H
#define TESTS_SIMULATE_REST_H

/* The next thing to be done to a VM at rest. */
void rest_step(void);

/* The VM comes to no rest: do what needs none. */
void rest_hurry(void);

#endif
