/* SPDX-License-Identifier: MIT */
/*
 * xenbus_backend - where the backend of a device is, which state it is in, and
 * the watches that tell when that changes. For drivers/xenbus.c.
 */
#ifndef DRIVERS_XENBUS_BACKEND_H
#define DRIVERS_XENBUS_BACKEND_H

#include "drivers/xenbus.h"

/*
 * Read where the backend is, and the backend's state; take the step that
 * follows from it. Before that, set the watches that are not set yet. True: the
 * device has another backend than before, so look again.
 */
bool xenbus_look(struct xenbus_device *device) MUST_CHECK;

/* The device is gone: remove its watches, and give back what it held. */
void xenbus_lose_backend(struct xenbus_device *device);

#endif
