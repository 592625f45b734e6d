/* SPDX-License-Identifier: MIT */
/*
 * oracle - what the VM is permitted to do, judged by the orders that it got.
 * Independent of the VM's own code.
 *
 * The VM may carry out a request once it has acknowledged the request, that is,
 * has changed the node while it held the request. If the toolstack has
 * withdrawn the request before that, the VM may not carry it out. In a new
 * domain the VM carries out a request that it has read in the former one, and
 * that was not withdrawn when it last looked.
 */
#ifndef TESTS_SIMULATE_ORACLE_H
#define TESTS_SIMULATE_ORACLE_H

#include <stdbool.h>

void oracle_start(void);

/* The tester writes this command. */
void oracle_command(const char *text);

/* Acknowledgements may fail from now on: the VM may carry out requests without
 * one. */
void oracle_gives_up_acknowledgements(void);

/* Somebody has asked for a suspend by the VM's own port. */
void oracle_suspend_event(void);

/*
 * oracle_busy(): vCPU 1 is ordered to be busy without end, by a command whose
 * id is "busy" and the number that is returned. If the vCPU has been ordered to
 * be up, the command must not fail.
 * oracle_excuses_busy(): from now on, the commands so far may fail.
 */
unsigned int oracle_busy(bool is_up);
void oracle_excuses_busy(void);

/* One more of the tester's messages without end has come. Fails the run if the
 * VM forgets the console meanwhile. */
void oracle_message(void);

/* A step has passed. */
void oracle_tick(void);

/* The VM suspends or ends. Fails the run if the VM may not. */
void oracle_suspends(void);
void oracle_ends(unsigned int reason);

/* Whether control/shutdown may hold a text for ever. */
bool oracle_may_leave_requests(void);

/* Call this whenever the VM is at rest. */
void oracle_check(void);

#endif
