/* SPDX-License-Identifier: MIT */
/*
 * transmit - so many frames to everybody on a network, as fast as they go.
 */
#ifndef KERNEL_TRANSMIT_H
#define KERNEL_TRANSMIT_H

#include "decide/command.h"

/* Work, see kernel/work.c: lib/ethernet.h says what is in a frame. */
void transmit_start(const struct command *command, uint64_t now_ns);
bool transmit_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);

#endif
