/* SPDX-License-Identifier: MIT */
/*
 * attack_device - the course of attacks on the backend of a device, and the
 * attacks by its states and nodes.
 *
 * Any other try is a request that is wrong, and has a result when the backend
 * has answered. A connection that ends takes the requests under way with it;
 * these tries are repeated on the next one, and so is an offer in a new domain.
 * A backend that does not answer, or does not connect, is given up.
 */
#include "kernel/attack_device.h"

#include <xen/io/blkif.h>

#include "drivers/blkfront.h"
#include "drivers/lend.h"
#include "drivers/netfront.h"
#include "drivers/xenbus_store.h"
#include "kernel/attack_part.h"
#include "kernel/batch.h"
#include "kernel/clock.h"
#include "kernel/work.h"
#include "lib/error.h"

#define SLICE_MAX   8 /* states, as in storm.c */
#define PATIENCE_NS (20 * NS_PER_S)
#define LOOK_NS     NS_PER_S /* from one look to the next without an answer */

static struct {
    struct xenbus_device *device;       /* null: there was none */
    const struct xenbus_driver *driver; /* null: any */
    grant_ref_t reference;              /* of device->hostile_page */
    bool is_over;
    uint64_t end_ns;  /* of the patience; 0: it begins now */
    uint64_t look_ns; /* when the next look was due */
} target;

SHARED grant_ref_t attack_reference(unsigned int kind, grant_ref_t page)
{
    static const grant_ref_t references[] = {0, 7, UINT32_MAX, 500};

    return kind == 0 ? page : references[kind];
}

/* --- states --------------------------------------------------------------- */

static void write_states(void)
{
    /* A backend may give the device up for good when it sees one of the last.
     */
    static const char states[][3] = {"1", "2", "3", "4", "5",  "6",
                                     "7", "8", "9", "0", "-1", "x"};
    char path[XENBUS_PATH_MAX];

    (void)xenbus_own_path(target.device, "state", path);
    batch_begin();
    for (; batch.count < SLICE_MAX && attack.begun < attack.wanted;
         attack.begun++)
        batch_write(0, path, states[attack.begun % ARRAY_COUNT(states)]);
    batch_exchange();
    for (unsigned int i = 0; i < batch.count; i++) {
        attack.tried++;
        attack_judge(batch.requests[i].error);
    }
}

/* --- nodes ---------------------------------------------------------------- */

/* A disk's backend does not know a network's nodes, and the other way round. No
 * ring has the reference 0 or 1, see attack_reference(). */
static const struct xenbus_key nonsense[] = {
    {"event-channel", 0, 0},
    {"event-channel", UINT32_MAX, 0},
    {"event-channel", 0, "x"},
    {"ring-ref", UINT32_MAX, 0},
    {"ring-ref", 0, "x"},
    {"tx-ring-ref", UINT32_MAX, 0},
    {"rx-ring-ref", 0, "x"},
    {"ring-page-order", 1, 0},
    {"ring-page-order", 31, 0},
    {"multi-queue-num-queues", 2, 0},
    {"multi-queue-num-queues", UINT32_MAX, 0},
    {"protocol", 0, "x"},
};

static const struct xenbus_key *nonsense_of(uint32_t try)
{
    return &nonsense[try % ARRAY_COUNT(nonsense)];
}

/* Returns 0, or the error for which the newest nonsense is still there. */
static int remove_nonsense(void)
{
    char path[XENBUS_PATH_MAX];
    struct xenstore_request remove;
    int error;

    if (attack.begun == 0)
        return 0;
    target.device->nonsense = 0;
    remove = xenstore_remove(
        0, xenbus_own_path(target.device, nonsense_of(attack.begun - 1)->name,
                           path));
    error = xenstore_exchange(&remove, 1);
    return error == -XEN_ENOENT ? 0 : error; /* it was not published */
}

/* One connection after the other, each with another nonsense. */
static void offer_nonsense(struct xenbus_device *device)
{
    if (attack.begun > attack.tried) {
        if (device->nonsense || device->phase == XENBUS_OFFERED)
            return;
        attack.tried++;
        attack_judge(device->phase == XENBUS_CONNECTED ? 0 : -XEN_EIO);
        target.end_ns = 0;
    }
    /* A node that stayed would be in all offers that follow. */
    if (attack.begun == attack.wanted || remove_nonsense() != 0)
        return;
    device->nonsense = nonsense_of(attack.begun++);
    xenbus_reconnect(device);
}

/* --- requests ------------------------------------------------------------- */

static void take_result(int status)
{
    const bool is_unknown =
        status == BLKIF_RSP_EOPNOTSUPP && attack.mode == ATTACK_DISK_REQUESTS;

    attack.tried++;
    if (status < 0)
        attack_judge(is_unknown ? -XEN_EOPNOTSUPP : -XEN_EIO);
    target.end_ns = 0;
    work_hurry();
}

/* False: requests of a forgotten attack are under way. */
static bool begin_connection(struct xenbus_device *device)
{
    int error;

    if (device->judge == take_result)
        return true;
    if (device->hostile > 0)
        return false;
    device->judge = take_result;
    target.reference = attack_reference(1, 0); /* if no page can be lent */
    device->hostile_page = lend_page(device->place, device->backend_domain,
                                     &target.reference, &error);
    attack.begun = attack.tried;
    return true;
}

static void send_all(struct xenbus_device *device)
{
    bool (*send)(struct xenbus_device * device, uint32_t number,
                 grant_ref_t reference) =
        attack.mode == ATTACK_DISK_REQUESTS  ? attack_disk_request
        : attack.mode == ATTACK_NET_REQUESTS ? attack_net_request
                                             : attack_net_buffer;

    if (device->phase != XENBUS_CONNECTED || !begin_connection(device))
        return;
    while (attack.begun < attack.wanted &&
           send(device, attack.begun, target.reference))
        attack.begun++;
}

/* True: wait until *wake_ns, and look again. A VM that was paused, or got no
 * CPU, has not done its own part meanwhile: that time does not count. */
static bool has_patience(uint64_t *wake_ns)
{
    if (target.end_ns == 0)
        target.end_ns = *wake_ns + PATIENCE_NS;
    else if (*wake_ns > target.look_ns)
        target.end_ns += *wake_ns - target.look_ns;
    *wake_ns += LOOK_NS;
    target.look_ns = *wake_ns;
    return *wake_ns < target.end_ns;
}

/* --- the part ------------------------------------------------------------- */

static void start(void)
{
    target.driver = attack.mode >= ATTACK_NET_REQUESTS    ? &netfront_driver
                    : attack.mode == ATTACK_DISK_REQUESTS ? &blkfront_driver
                                                          : 0;
    target.device = xenbus_first(target.driver);
    target.is_over = false;
    target.end_ns = 0;
}

/* Another device may have got the place. */
static bool is_usable(void)
{
    const struct xenbus_device *device = target.device;

    return device && device->phase != XENBUS_ABSENT &&
           (!target.driver || device->driver == target.driver);
}

static bool try(uint64_t *wake_ns)
{
    if (attack.mode == ATTACK_DEVICE_STATES) {
        write_states();
        return attack.begun < attack.wanted;
    }
    if (attack.mode == ATTACK_DEVICE_NODES)
        offer_nonsense(target.device);
    else
        send_all(target.device);
    if (attack.tried == attack.wanted)
        return false;
    if (has_patience(wake_ns))
        return true;
    attack.error = -XEN_ETIMEDOUT;
    return false;
}

/* Buffers that have no frame can only be taken back by a new connection. */
static bool give_back(void)
{
    struct xenbus_device *device = target.device;

    if (target.is_over || !is_usable())
        return false;
    target.is_over = true;
    if (attack.mode == ATTACK_DEVICE_NODES)
        attack.undo_error = remove_nonsense();
    if (attack.mode <= ATTACK_DEVICE_NODES ||
        (attack.mode == ATTACK_NET_BUFFERS && device->hostile > 0)) {
        xenbus_reconnect(device);
        target.end_ns = 0;
    } else {
        xenbus_calm(device);
    }
    return false;
}

static bool settle(uint64_t *wake_ns)
{
    const bool is_connected = target.device->phase == XENBUS_CONNECTED;

    if (is_connected && target.device->hostile == 0)
        return false;
    if (has_patience(wake_ns))
        return true;
    if (!is_connected)
        attack.undo_error = -XEN_ETIMEDOUT;
    return false;
}

/* Nothing is under way, and the backend is another one. */
static void renewed(void)
{
    attack.begun = attack.tried;
    target.end_ns = 0;
}

const struct attack_part attack_device = {
    .is_usable = is_usable,
    .lost = OUTCOME_NO_DEVICE,
    .start = start,
    .try = try,
    .give_back = give_back,
    .settle = settle,
    .renewed = renewed,
};
