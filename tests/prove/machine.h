/* SPDX-License-Identifier: MIT */
/*
 * machine - what Frama-C has to know in front of each proved file.
 *
 * Frama-C does not know the compiler's atomic operations. A volatile access
 * stands for each: Frama-C takes what is read for any value, which is what a
 * peer can write at any time. The order of accesses is not proved.
 */
#ifndef TESTS_PROVE_MACHINE_H
#define TESTS_PROVE_MACHINE_H

#include <stdint.h>
#include <string.h>

#define __atomic_load_n(from, order) (*(volatile uint32_t *)(from))
#define __atomic_store_n(to, value, order)                                     \
    (*(volatile uint32_t *)(to) = (value))
#define __atomic_thread_fence(order) ((void)0)

/* An ASSERT() has to be proved, and holds from there on. */
/*@ requires condition != 0;
    assigns \nothing;
    ensures condition != 0; */
void holds(int condition);
#define LIB_ASSERT_H
#define ASSERT(condition) holds(condition)

#endif
