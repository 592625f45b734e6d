/* SPDX-License-Identifier: MIT */
/*
 * xenbus_backend - where the backend of a device is; see xenbus_backend.h.
 */
#include "drivers/xenbus_backend.h"

#include <xen/io/xenbus.h>

#include "drivers/xenbus_state.h"
#include "drivers/xenbus_store.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/string.h"

/* Nodes that a device watches, and the place of the backend's state among them:
 * name_watched(). */
#define WATCHED_MAX   3
#define WATCHED_STATE 2

/* xenbus_say() knows a line by its address. */
static const char GONE[] = "is gone";

/*
 * The nodes that the device watches, in this order; the first device->watched
 * of them are set. All have the same watch number.
 */
static void name_watched(const struct xenbus_device *device,
                         char paths[WATCHED_MAX][XENBUS_BACKEND_PATH_SIZE])
{
    xenbus_own_path(device, "backend", paths[0]);
    xenbus_own_path(device, "backend-id", paths[1]);
    xenbus_backend_path(device, "state", paths[WATCHED_STATE]);
}

/* Remove the device's watches, all but the first `kept`. The device has at
 * least that many. */
static void unwatch(struct xenbus_device *device, unsigned int kept)
{
    char paths[WATCHED_MAX][XENBUS_BACKEND_PATH_SIZE];
    struct xenstore_request requests[WATCHED_MAX];
    unsigned int count = 0;

    ASSERT(device->watched >= kept);
    name_watched(device, paths);
    for (unsigned int i = kept; i < device->watched; i++)
        requests[count++] = xenstore_unwatch(paths[i], device->watch);
    (void)xenstore_exchange(requests, count);
    device->watched = kept;
}

/* The device has lost its backend, if it had one. Its first `kept` watches
 * stay. */
static void lose_backend(struct xenbus_device *device, unsigned int kept,
                         const char *what)
{
    unwatch(device, kept);
    if (device->phase == XENBUS_ABSENT)
        return;
    xenbus_release(device);
    xenbus_say(device, what);
    device->phase = XENBUS_ABSENT;
}

/* Nothing of an attack on the device stays for one that comes later. */
static void be_gone(struct xenbus_device *device, unsigned int kept)
{
    lose_backend(device, kept, GONE);
    device->nonsense = 0;
}

/* Take the first backend, or another one: nothing of the old one stays. */
static void use_backend(struct xenbus_device *device, const char *path,
                        domid_t domain)
{
    if (device->phase != XENBUS_ABSENT) {
        lose_backend(device, WATCHED_STATE, "has another backend");
        /* Otherwise the new backend would take the old offer for one made to
         * it. */
        (void)xenbus_publish_state(device, XenbusStateInitialising);
    }
    memcpy(device->backend, path, XENBUS_PATH_MAX);
    device->backend_domain = domain;
    device->phase = XENBUS_FRESH;
}

/* The connection to the store was lost while the device published a state. */
static void find_lost_state(struct xenbus_device *device)
{
    const char state = xenbus_own_state(device);

    if (!xenstore_is_usable())
        return;
    if (state == '0' + device->lost_state)
        device->lost_state = 0; /* the store has taken it */
    else if (device->phase == XENBUS_OFFERED)
        xenbus_release(device); /* xenbus_look() offers the device again */
    else
        (void)xenbus_publish_state(device, device->lost_state);
}

bool xenbus_look(struct xenbus_device *device)
{
    char replies[WATCHED_MAX][XENBUS_PATH_MAX];
    const bool has_backend = device->phase != XENBUS_ABSENT;
    const unsigned int count = has_backend ? WATCHED_MAX : WATCHED_STATE;
    char paths[WATCHED_MAX][XENBUS_BACKEND_PATH_SIZE];
    struct xenstore_request requests[2 * WATCHED_MAX], *reads = requests;
    uint64_t numbers[WATCHED_MAX] = {0, DOMID_FIRST_RESERVED,
                                     XenbusStateUnknown};

    if (device->lost_state != 0)
        find_lost_state(device);
    memset(replies, 0, sizeof(replies));
    name_watched(device, paths);
    for (; device->watched < count; device->watched++)
        *reads++ = xenstore_watch(paths[device->watched], device->watch);
    for (unsigned int i = 0; i < count; i++)
        reads[i] =
            xenstore_read(0, paths[i], replies[i], sizeof(replies[i]) - 1);
    /* Only the first read covers the watches' events: an event that comes after
     * it may be of a node that was read before. */
    reads[0].watch = (int)device->watch;
    (void)xenstore_exchange(requests, (unsigned int)(reads - requests) + count);
    if (!xenstore_is_usable())
        return false; /* xenbus_renew() looks again */
    for (const struct xenstore_request *watch = requests; watch < reads;
         watch++) {
        if (watch->error != 0)
            xenbus_say(device, "has a node that cannot be watched");
    }
    for (unsigned int i = 1; i < count; i++)
        xenbus_take_number(&reads[i], &numbers[i]);
    if (has_backend && reads[0].error == -XEN_ENOENT &&
        reads[1].error == -XEN_ENOENT && reads[WATCHED_STATE].error != 0) {
        /* Both folders were removed, and our state, which came later, has made
         * our folder anew: some toolstacks let a guest do that. */
        be_gone(device, WATCHED_STATE);
        return false;
    }
    if (reads[0].error != 0 || numbers[1] >= DOMID_FIRST_RESERVED) {
        /*
         * This may be a change or a removal in progress: keep the old backend.
         */
        if (!has_backend || reads[0].error != -XEN_ENOENT)
            xenbus_say(device, "names no backend");
    } else if (!has_backend || numbers[1] != device->backend_domain ||
               memcmp(replies[0], device->backend, XENBUS_PATH_MAX) != 0) {
        use_backend(device, replies[0], (domid_t)numbers[1]);
        return true;
    }
    if (has_backend && xenbus_is_known(&reads[WATCHED_STATE]))
        xenbus_take_step(device, numbers[WATCHED_STATE]);
    return false;
}

void xenbus_lose_backend(struct xenbus_device *device)
{
    be_gone(device, 0);
}
