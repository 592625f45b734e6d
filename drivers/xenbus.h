/* SPDX-License-Identifier: MIT */
/*
 * xenbus - what this domain is offered under device/, and the state machine
 * that its frontends share (xen/io/xenbus.h).
 *
 * A frontend is a struct xenbus_driver. This file finds its devices, watches
 * the states of their backends, publishes what the frontend offers, and gives
 * back all that a device held when it is closed or gone. There is a fixed
 * number of places for devices; one that finds none is logged and left alone.
 *
 * What a backend says is checked where it is used. A backend that breaks the
 * protocol loses its device: the frontend closes it.
 */
#ifndef DRIVERS_XENBUS_H
#define DRIVERS_XENBUS_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "drivers/xenstore.h"
#include "lib/time.h"

#define XENBUS_DRIVER_MAX  2
#define XENBUS_DEVICE_MAX  8
#define XENBUS_WATCH_COUNT (1 + XENBUS_DEVICE_MAX)
#define XENBUS_KEY_MAX     5
#define XENBUS_PATH_MAX    128
enum xenbus_phase {
    XENBUS_ABSENT,    /* not there, or not looked at yet */
    XENBUS_FRESH,     /* the backend is not ready, or may not be answered */
    XENBUS_OFFERED,   /* the backend knows our rings */
    XENBUS_CONNECTED, /* and uses them */
    XENBUS_CLOSED,    /* we have said so; the backend may still be at it */
    XENBUS_PHASE_COUNT,
};

/* How a device behaves; docs/control-protocol.md has them in words. */
enum xenbus_mode {
    XENBUS_OBEY,
    XENBUS_NEVER_CONNECT,
    XENBUS_REFUSE_CLOSE,
    XENBUS_CLOSE_LATE,
    /* These happen at once and change nothing else: */
    XENBUS_DISCONNECT,
    XENBUS_CORRUPT,
    XENBUS_MODE_COUNT,
};

/* What a frontend publishes: a number, or a text where that is not null. */
struct xenbus_key {
    const char *name;
    uint32_t value;
    const char *text;
};

struct xenbus_device {
    const struct xenbus_driver *driver; /* null: the place is free */
    uint32_t number;                    /* its folder is device/TYPE/NUMBER */
    unsigned int place;                 /* below XENBUS_DEVICE_MAX */
    enum xenbus_phase phase;
    enum xenbus_mode mode;
    uint64_t close_late_ns; /* how late */
    uint64_t close_at_ns;   /* TIME_NEVER: no close is due */
    unsigned int connected; /* how often it was */
    domid_t backend_domain;
    evtchn_port_t port;   /* 0: none */
    bool found;           /* its folder was there, at the last scan */
    unsigned int watched; /* nodes for which its watch is set */
    const char *said; /* the last line of the log about it, since the offer */
    char backend[XENBUS_PATH_MAX];
};

struct xenbus_driver {
    const char *type;     /* of its devices, as the store names it */
    const char *folder;   /* device/TYPE */
    unsigned int offered; /* enum xenbus_state: it is said with the offer */

    /*
     * Lend what the backend needs (drivers/lend.h, owner is device->place) and
     * say where it is: how many keys, or an error. The event channel is there.
     */
    int (*offer)(struct xenbus_device *device,
                 struct xenbus_key keys[XENBUS_KEY_MAX]);

    /* The backend is connected: read what it tells. Called again, in the phase
     * of that name, whenever the backend says so once more. */
    int (*connect)(struct xenbus_device *device);

    /* An event, or the first look after connect(). */
    int (*event)(struct xenbus_device *device);

    /* Write nonsense into the ring's indices and tell the backend. */
    void (*corrupt)(struct xenbus_device *device);
};

/*
 * Before all else: the drivers that there are, XENBUS_DRIVER_MAX at most, which
 * stay the caller's; and the clock by which a close is late, in ns.
 */
void xenbus_start(const struct xenbus_driver *const list[], unsigned int count,
                  uint64_t (*now_ns)(void));

/* What a start does in its batch, in this order; watches are numbered from
 * `first` on. Then, when the second has been answered, xenbus_listed(). */
struct xenstore_request xenbus_watch(unsigned int first);
struct xenstore_request xenbus_list(void);
void xenbus_listed(const struct xenstore_request *list);

/* One of the watches has an event. */
void xenbus_event(unsigned int watch);

/* Do what there is to do. False: there was nothing. */
bool xenbus_run(void);

/* When xenbus_run() has something to do by itself, by the clock it was given;
 * TIME_NEVER: not before something happens. */
uint64_t xenbus_deadline(void);

/* The ports to wait on: how many. */
unsigned int xenbus_ports(evtchn_port_t ports[XENBUS_DEVICE_MAX]);

/* The connection to the store is a new one: it has no watches, and what came
 * meanwhile has not been seen. */
void xenbus_renew(void);

/* A resume in a new domain: nothing of before is there any more. */
void xenbus_forget(void);

/* A device. Null: there is none, and nothing is known of it. */
struct xenbus_device *xenbus_find(const struct xenbus_driver *driver,
                                  uint32_t number);

/*
 * How a device is to behave from now on, which may not be there yet. 0;
 * -XEN_ENODEV: it is not connected; -XEN_ENOSPC: there is no place for it.
 */
int xenbus_set_mode(const struct xenbus_driver *driver, uint32_t number,
                    enum xenbus_mode mode, uint64_t late_ns) MUST_CHECK;

const char *xenbus_phase_name(const struct xenbus_device *device);

/* --- for drivers ---------------------------------------------------------- */

/* Read numbers from the backend's folder; what is none there stays as it is. */
void xenbus_read_backend(const struct xenbus_device *device,
                         const char *const names[], uint64_t values[],
                         unsigned int count);

/* Read a text from the frontend's folder: how many bytes, 0: none. */
size_t xenbus_read_text(const struct xenbus_device *device, const char *name,
                        char *text, size_t max);

/* Close it, since the backend breaks the rules. */
void xenbus_fail(struct xenbus_device *device, const char *why);

#endif
