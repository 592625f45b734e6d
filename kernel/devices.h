/* SPDX-License-Identifier: MIT */
/*
 * devices - passes commands about devices to the drivers.
 */
#ifndef KERNEL_DEVICES_H
#define KERNEL_DEVICES_H

#include "decide/command.h"

/* Give xenbus the drivers and the VM's clock. */
void devices_start(void);

/* Set the mode of a frontend, and describe its device for the answer. */
void devices_frontend(const struct command *command, struct outcome *outcome);

/* Set the address of a network interface. */
void devices_address(const struct command *command, struct outcome *outcome);

#endif
