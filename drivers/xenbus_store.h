/* SPDX-License-Identifier: MIT */
/*
 * xenbus_store - the nodes of one device: paths, reads, and the states and keys
 * that the frontend publishes. For the parts of xenbus.
 */
#ifndef DRIVERS_XENBUS_STORE_H
#define DRIVERS_XENBUS_STORE_H

#include "drivers/xenbus.h"

/* Bytes of the path of a node in the backend's folder. */
#define XENBUS_BACKEND_PATH_SIZE (2UL * XENBUS_PATH_MAX)

/* Most nodes of one publication: the driver's, the event channel, the nonsense
 * of an attack, and the state. */
#define XENBUS_PUBLISH_MAX (XENBUS_KEY_MAX + 3)

/* Write the path of a node in the frontend's folder. Returns `path`. */
const char *xenbus_own_path(const struct xenbus_device *device,
                            const char *name, char path[XENBUS_PATH_MAX]);

/* The same in the backend's folder. */
const char *xenbus_backend_path(const struct xenbus_device *device,
                                const char *name,
                                char path[XENBUS_BACKEND_PATH_SIZE]);

/*
 * Publish the keys and then the state, which must come last. `keys` has room
 * for one more key. Returns 0, or the error of the store, which is logged. If
 * the connection to the store is lost meanwhile, nobody knows what the store
 * has taken: returns 0, and notes the state in device->lost_state.
 * xenbus_look() finds out on the next connection.
 */
int xenbus_publish(struct xenbus_device *device, struct xenbus_key *keys,
                   unsigned int count, unsigned int state);

/* The same for a state without keys. */
int xenbus_publish_state(struct xenbus_device *device, unsigned int state);

/* The first digit of the frontend's own state; 0: no state is readable. */
char xenbus_own_state(const struct xenbus_device *device);

/* Take the number that was read. If it is no number, *value stays. */
void xenbus_take_number(const struct xenstore_request *read, uint64_t *value);

/* Whether the store's answer says something about the node. A read that is
 * refused, such as with EACCES or ENOMEM, says nothing. */
bool xenbus_is_known(const struct xenstore_request *read);

#endif
