/* SPDX-License-Identifier: MIT */
/*
 * xenbus_state - the state machine of one device: from the backend's state to
 * the frontend's next step (xen/io/xenbus.h). For the parts of xenbus.
 */
#ifndef DRIVERS_XENBUS_STATE_H
#define DRIVERS_XENBUS_STATE_H

#include "drivers/xenbus.h"

/* Call this first. `now_ns` is the clock for late closes, in ns. */
void xenbus_state_start(uint64_t (*now_ns)(void));

/* The backend is in this state: do what the device's phase and mode ask for. */
void xenbus_take_step(struct xenbus_device *device, uint64_t state);

/* No backend uses the device any more: free all that it holds. */
void xenbus_release(struct xenbus_device *device);

/* The requests of an attack, and its page, are gone with the connection. */
void xenbus_forget_attack(struct xenbus_device *device);

/* Close a device whose late close is due, or connect it again. False: nothing
 * is due. */
bool xenbus_close_if_due(struct xenbus_device *device);

/* Let the driver work if the device's port had an event. False: it had none. */
bool xenbus_take_event(struct xenbus_device *device);

/*
 * XENBUS_DISCONNECT or XENBUS_CORRUPT. Returns 0; -XEN_ENODEV: `device` is null
 * or not connected; or the error of xenbus_publish_state().
 */
int xenbus_act(struct xenbus_device *device, enum xenbus_mode mode) MUST_CHECK;

/* Log a line about the device, but never one line twice in a row: a backend may
 * cause it without end. A line is known by the address of `what`. */
void xenbus_say(struct xenbus_device *device, const char *what);

#endif
