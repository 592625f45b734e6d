/* SPDX-License-Identifier: MIT */
/*
 * devices - what commands say about devices, said to the drivers.
 */
#ifndef KERNEL_DEVICES_H
#define KERNEL_DEVICES_H

#include "decide/command.h"

/* Tell xenbus of the drivers that there are, and of the VM's clock. */
void devices_start(void);

/* How a frontend is to behave; and how it is, for the answer. */
void devices_frontend(const struct command *command, struct outcome *outcome);

/* The address of a network interface. */
void devices_address(const struct command *command, struct outcome *outcome);

#endif
