/* SPDX-License-Identifier: MIT */
/*
 * transmit - sends a number of broadcast frames to a network, as fast as
 * possible.
 */
#ifndef KERNEL_TRANSMIT_H
#define KERNEL_TRANSMIT_H

#include "decide/command.h"

/*
 * The functions of a row in kernel/work.c. lib/ethernet.h describes the frames.
 */
void transmit_start(const struct command *command, uint64_t now_ns);
bool transmit_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome);

#endif
