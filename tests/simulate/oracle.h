/* SPDX-License-Identifier: MIT */
/*
 * oracle - what the VM may do, from what was said to it. Knows nothing of the
 * VM's own code.
 *
 * A request may be carried out when the VM has acknowledged it: changed the
 * node while the request stood there. One that its toolstack has taken back
 * before that may not.
 */
#ifndef TESTS_SIMULATE_ORACLE_H
#define TESTS_SIMULATE_ORACLE_H

#include <stdbool.h>

void oracle_start(void);

/* The tester orders this text. */
void oracle_command(const char *text);

/* The toolstack may not be understood: requests may be done unacknowledged. */
void oracle_gives_up_acknowledgements(void);

/* Somebody has asked for a suspend by the VM's own port. */
void oracle_suspend_event(void);

/* A vCPU is to be busy until told otherwise, with the id "busy"; and vCPUs may
 * go down from now on, so that it may fail. */
void oracle_busy(void);
void oracle_vcpus_change(void);

/* The VM does it: fails the run if it may not. */
void oracle_suspends(void);
void oracle_ends(unsigned int reason);

/* Whether a text may stand in control/shutdown for ever. */
bool oracle_may_leave_requests(void);

/* Whenever the VM is at rest. */
void oracle_check(void);

#endif
