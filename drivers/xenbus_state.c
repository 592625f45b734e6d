/* SPDX-License-Identifier: MIT */
/*
 * xenbus_state - the state machine of one device; see xenbus_state.h.
 */
#include "drivers/xenbus_state.h"

#include <xen/io/xenbus.h>

#include "drivers/evtchn.h"
#include "drivers/front_ring.h"
#include "drivers/lend.h"
#include "drivers/xenbus_store.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"

#define STATE_COUNT (XenbusStateReconfigured + 1)

#define PAUSE_NS 2000000000 /* before a device is connected again */

static uint64_t (*clock_now)(void);

void xenbus_state_start(uint64_t (*now_ns)(void))
{
    clock_now = now_ns;
}

enum step {
    STAY,
    OFFER,
    CONNECT,
    CLOSE,
    RELEASE,
    RENEW,        /* taken away and given anew before we looked */
    RENEW_IF_NEW, /* the same, if the frontend's state was reset, too */
    UPDATE,       /* the backend has published again */
};

/* The next step, by the device's phase and the backend's state. */
static const unsigned char steps[XENBUS_PHASE_COUNT][STATE_COUNT] = {
    [XENBUS_FRESH] =
        {
            [XenbusStateInitWait] = OFFER,
            [XenbusStateClosing] = CLOSE,
        },
    [XENBUS_OFFERED] =
        {
            [XenbusStateUnknown] = RELEASE,
            [XenbusStateInitialising] = RELEASE,
            [XenbusStateInitWait] = RENEW_IF_NEW,
            [XenbusStateConnected] = CONNECT,
            [XenbusStateClosing] = CLOSE,
            [XenbusStateClosed] = CLOSE,
        },
    [XENBUS_CONNECTED] =
        {
            [XenbusStateUnknown] = RELEASE,
            [XenbusStateInitialising] = RELEASE,
            [XenbusStateInitWait] = RENEW,
            [XenbusStateConnected] = UPDATE,
            [XenbusStateClosing] = CLOSE,
            [XenbusStateClosed] = CLOSE,
        },
    [XENBUS_CLOSED] =
        {
            [XenbusStateUnknown] = RELEASE,
            [XenbusStateInitialising] = RELEASE,
            [XenbusStateInitWait] = RENEW,
            [XenbusStateClosed] = RELEASE,
        },
};

static const char *const phase_names[XENBUS_PHASE_COUNT] = {
    [XENBUS_ABSENT] = "absent",   [XENBUS_FRESH] = "waiting",
    [XENBUS_OFFERED] = "offered", [XENBUS_CONNECTED] = "connected",
    [XENBUS_CLOSED] = "closed",
};

const char *xenbus_phase_name(const struct xenbus_device *device)
{
    return phase_names[device->phase];
}

void xenbus_say(struct xenbus_device *device, const char *what)
{
    if (device->said != what)
        log_info("xenbus", "%s/%u: %s", device->driver->type, device->number,
                 what);
    device->said = what;
}

void xenbus_forget_attack(struct xenbus_device *device)
{
    device->hostile = 0;
    device->judge = 0;
    device->hostile_page = 0;
}

void xenbus_release(struct xenbus_device *device)
{
    if (device->port != 0)
        evtchn_close(device->port);
    device->port = 0;
    device->close_at_ns = TIME_NEVER;
    lend_end_all(device->place);
    xenbus_forget_attack(device);
    device->lost_state = 0;
    device->phase = XENBUS_FRESH;
}

/* Announce that the frontend is closed. The backend may use the pages until
 * xenbus_release(). */
static void close(struct xenbus_device *device)
{
    device->phase = XENBUS_CLOSED;
    device->close_at_ns = TIME_NEVER;
    (void)xenbus_publish_state(device, XenbusStateClosed);
}

void xenbus_fail(struct xenbus_device *device, const char *why)
{
    if (device->said != why)
        log_error("xenbus", "%s/%u: given up: %s", device->driver->type,
                  device->number, why);
    device->said = why;
    close(device);
}

/* The backend asks for a close, or is closed itself. */
static void close_as_told(struct xenbus_device *device)
{
    const bool uses = device->phase == XENBUS_CONNECTED;

    if (uses && device->mode == XENBUS_REFUSE_CLOSE) {
        xenbus_say(device, "does not close, as told");
    } else if (uses && device->mode == XENBUS_CLOSE_LATE) {
        if (device->close_at_ns != TIME_NEVER)
            return;
        device->close_at_ns = clock_now() + device->close_late_ns;
        xenbus_say(device, "closes late, as told");
    } else {
        close(device);
        xenbus_say(device, "closed");
    }
}

static void offer(struct xenbus_device *device)
{
    struct xenbus_key keys[XENBUS_PUBLISH_MAX];
    int result;

    if (device->mode == XENBUS_NEVER_CONNECT) {
        xenbus_say(device, "does not connect, as told");
        return;
    }
    result = evtchn_open(device->backend_domain, &device->port);
    keys[0] = (struct xenbus_key){"event-channel", device->port, 0};
    if (result == 0)
        result = device->driver->offer(device, &keys[1]);
    if (result >= 0 && device->nonsense)
        keys[1 + result++] = *device->nonsense;
    device->nonsense = 0;
    if (result >= 0)
        result = xenbus_publish(device, keys, 1 + (unsigned int)result,
                                device->driver->offered);
    if (result != 0) {
        xenbus_fail(device, error_name(result));
        return;
    }
    device->phase = XENBUS_OFFERED;
    device->said = 0;
}

static void connect(struct xenbus_device *device)
{
    int error = device->driver->connect(device);

    if (error == 0 && device->driver->offered != XenbusStateConnected)
        error = xenbus_publish_state(device, XenbusStateConnected);
    if (error != 0) {
        xenbus_fail(device, error_name(error));
        return;
    }
    device->phase = XENBUS_CONNECTED;
    device->connected++;
    if (device->driver->event(device) != 0)
        xenbus_fail(device, "impossible ring indices");
}

void xenbus_take_step(struct xenbus_device *device, uint64_t state)
{
    if (state >= STATE_COUNT)
        state = XenbusStateUnknown;
    /* In a pause the backend may not have come to rest. */
    if (device->phase == XENBUS_CLOSED && device->close_at_ns != TIME_NEVER)
        return;
    switch (steps[device->phase][state]) {
    case OFFER:
        offer(device);
        break;
    case CONNECT:
        connect(device);
        break;
    case CLOSE:
        close_as_told(device);
        break;
    case UPDATE:
        (void)device->driver->connect(device);
        break;
    case RENEW_IF_NEW:
        if (xenbus_own_state(device) != '0' + XenbusStateInitialising)
            break;
        /* fall through */
    case RENEW:
        xenbus_release(device);
        offer(device);
        break;
    case RELEASE:
        xenbus_release(device);
        break;
    default:
        break;
    }
}

bool xenbus_close_if_due(struct xenbus_device *device)
{
    if (device->close_at_ns == TIME_NEVER || device->close_at_ns > clock_now())
        return false;
    if (device->phase == XENBUS_CLOSED) {
        xenbus_release(device);
        (void)xenbus_publish_state(device, XenbusStateInitialising);
        return true;
    }
    close(device);
    xenbus_say(device, "closed");
    return true;
}

void xenbus_reconnect(struct xenbus_device *device)
{
    close(device);
    device->close_at_ns = clock_now() + PAUSE_NS;
}

void xenbus_calm(struct xenbus_device *device)
{
    device->judge = 0;
    if (device->hostile == 0 && device->hostile_page) {
        lend_end(device->hostile_page);
        device->hostile_page = 0;
    }
}

bool xenbus_provoke(struct xenbus_device *device, struct front_ring *ring,
                    const void *requests, unsigned int count, unsigned int max)
{
    const char *from = requests;

    ASSERT(device->phase == XENBUS_CONNECTED);
    if (device->hostile + count > max)
        return false;
    device->hostile += count;
    for (; count > 0; count--) {
        void *place = front_ring_request(ring);

        ASSERT(place); /* since `max` are not too many */
        memcpy(place, from, ring->entry_size);
        from += ring->entry_size;
    }
    if (front_ring_push(ring))
        xenbus_notify(device);
    return true;
}

bool xenbus_judge(struct xenbus_device *device, uint64_t id, int status)
{
    if (device->hostile == 0 || id < XENBUS_HOSTILE_REST ||
        id > XENBUS_HOSTILE_ID)
        return false;
    device->hostile--;
    if (!device->judge)
        xenbus_calm(device);
    else if (id == XENBUS_HOSTILE_ID)
        device->judge(status);
    return true;
}

bool xenbus_take_event(struct xenbus_device *device)
{
    if (device->port == 0 || !evtchn_clear(device->port))
        return false;
    if (device->phase == XENBUS_CONNECTED && device->driver->event(device) != 0)
        xenbus_fail(device, "impossible ring indices");
    return true;
}

int xenbus_act(struct xenbus_device *device, enum xenbus_mode mode)
{
    if (!device || device->phase != XENBUS_CONNECTED)
        return -XEN_ENODEV;
    if (mode == XENBUS_CORRUPT)
        device->driver->corrupt(device);
    else
        return xenbus_publish_state(device, XenbusStateClosing);
    return 0;
}
