/* SPDX-License-Identifier: MIT */
/*
 * xenbus - the devices below device/, and the state machine that their
 * frontends share (xen/io/xenbus.h).
 *
 * A frontend is a struct xenbus_driver. xenbus finds its devices, watches the
 * states of their backends, and publishes what the frontend offers. When a
 * device is closed or gone, xenbus gives back everything that the device held.
 * The number of places for devices is fixed; a device without a place is logged
 * and left alone.
 *
 * The code that uses a value of the backend checks the value. If a backend
 * breaks the protocol, the frontend closes the device.
 *
 * xenbus.c finds the devices and passes events on, xenbus_backend.c looks at
 * the backend of one device, xenbus_state.c takes its steps, and xenbus_store.c
 * reads and writes its nodes.
 */
#ifndef DRIVERS_XENBUS_H
#define DRIVERS_XENBUS_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "drivers/xenstore.h"
#include "lib/time.h"

#define XENBUS_DRIVER_MAX 2   /* types of devices */
#define XENBUS_DEVICE_MAX 8   /* places for devices, of all types together */
#define XENBUS_KEY_MAX    5   /* nodes that a driver publishes or reads */
#define XENBUS_PATH_MAX   128 /* bytes of a backend's path, NUL included */

/* Numbers of watches: of "device", and of each place. */
#define XENBUS_WATCH_COUNT (1 + XENBUS_DEVICE_MAX)

enum xenbus_phase {
    XENBUS_ABSENT,    /* no such device, or not looked at yet */
    XENBUS_FRESH,     /* the backend is not ready, or is not to be answered */
    XENBUS_OFFERED,   /* the backend knows the frontend's rings */
    XENBUS_CONNECTED, /* the backend uses the rings */
    XENBUS_CLOSED,    /* announced; the backend may still use the rings */
    XENBUS_PHASE_COUNT,
};

/* How a device behaves; docs/control-protocol.md describes each mode. */
enum xenbus_mode {
    XENBUS_OBEY,
    XENBUS_NEVER_CONNECT,
    XENBUS_REFUSE_CLOSE,
    XENBUS_CLOSE_LATE,
    /* These two act once, at once, and do not change the mode: */
    XENBUS_DISCONNECT,
    XENBUS_CORRUPT,
    XENBUS_MODE_COUNT,
};

/* A node that a frontend publishes: `text`, or `value` if `text` is null. */
struct xenbus_key {
    const char *name;
    uint32_t value;
    const char *text;
};

struct xenbus_device {
    const struct xenbus_driver *driver; /* null: the place is free */
    uint32_t number;                    /* its folder is device/TYPE/NUMBER */
    unsigned int place;                 /* below XENBUS_DEVICE_MAX */
    unsigned int watch;                 /* the number of its watches */
    enum xenbus_phase phase;
    enum xenbus_mode mode;
    uint64_t close_late_ns; /* the delay of XENBUS_CLOSE_LATE */
    uint64_t close_at_ns;   /* or, in XENBUS_CLOSED, when to connect again;
                             * TIME_NEVER: nothing is due */
    unsigned int connected; /* number of connections so far */
    domid_t backend_domain;
    evtchn_port_t port; /* 0: none */
    bool found;         /* the last scan found its folder */

    /* The state that was being published when the connection to the store was
     * lost; 0: none. */
    unsigned char lost_state;
    unsigned int watched; /* nodes that it watches, in a fixed order */
    const char *said;     /* its last log line since the offer */

    /* The requests of an attack that are under way, who takes the status that
     * is the result of a try (null: nobody), and a page that is lent until all
     * are answered, or null. */
    unsigned int hostile;
    void (*judge)(int status);
    void *hostile_page;

    /* For an attack: one more node, or another value, of the next offer only.
     * Null: none. */
    const struct xenbus_key *nonsense;

    char backend[XENBUS_PATH_MAX];
};

struct xenbus_driver {
    const char *type;     /* the type of its devices, as in xenstore */
    const char *folder;   /* device/TYPE */
    unsigned int offered; /* enum xenbus_state, published with the offer */

    /*
     * Lend the backend its pages (drivers/lend.h; the owner is device->place),
     * and fill in the keys that say where they are. The event channel is
     * already open. Returns the number of keys, or an error.
     */
    int (*offer)(struct xenbus_device *device,
                 struct xenbus_key keys[XENBUS_KEY_MAX]);

    /*
     * The backend is connected: read its nodes. Called again in
     * XENBUS_CONNECTED, whenever the backend announces again that it is
     * connected.
     */
    int (*connect)(struct xenbus_device *device);

    /* The port had an event. Also called once after connect(). */
    int (*event)(struct xenbus_device *device);

    /* Write impossible indices into the ring and notify the backend. */
    void (*corrupt)(struct xenbus_device *device);
};

/*
 * Call this first. `list` has at most XENBUS_DRIVER_MAX drivers and stays the
 * caller's. `now_ns` is the clock for late closes, in ns.
 */
void xenbus_start(const struct xenbus_driver *const list[], unsigned int count,
                  uint64_t (*now_ns)(void));

/*
 * A start sends these two requests in its batch, in this order; the watches are
 * numbered from `first` on. When the second has its reply, the start calls
 * xenbus_listed().
 */
void xenbus_watch(unsigned int first, struct xenstore_request *watch);
void xenbus_list(struct xenstore_request *list);
void xenbus_listed(const struct xenstore_request *list);

/* Note an event of one of the watches. */
void xenbus_event(unsigned int watch);

/* Do the pending work. False: there was none. */
bool xenbus_run(void);

/* When xenbus_run() has to run without an event, by the clock of
 * xenbus_start(). TIME_NEVER: not without an event. */
uint64_t xenbus_deadline(void);

/* The ports to wait on. Returns their number. */
unsigned int xenbus_ports(evtchn_port_t ports[XENBUS_DEVICE_MAX]);

/* The connection to the store is new: its watches are gone, and changes made
 * meanwhile were not seen. */
void xenbus_renew(void);

/* After a resume in a new domain: forget all ports, pages and watches. */
void xenbus_forget(void);

/* The first device of this driver, or of any if null. Null: none has a backend.
 */
struct xenbus_device *xenbus_first(const struct xenbus_driver *driver);

/* Find a device. Null: no place has this device. */
struct xenbus_device *xenbus_find(const struct xenbus_driver *driver,
                                  uint32_t number);

/*
 * Set how a device behaves from now on; the device need not exist yet. Returns
 * 0; -XEN_ENODEV: the device is not connected; -XEN_ENOSPC: no place is free.
 */
int xenbus_set_mode(const struct xenbus_driver *driver, uint32_t number,
                    enum xenbus_mode mode, uint64_t late_ns) MUST_CHECK;

/* Send the backend an event. A failure is logged: its port is gone, and the
 * state of the backend will tell why. */
void xenbus_notify(const struct xenbus_device *device);

/* Whether a device is there: not before it appears, and not after it closed.
 * `device` may be null. */
bool xenbus_is_present(const struct xenbus_device *device);

/* Close the device, and connect it again after a pause, in which the backend
 * comes to rest, whatever it was told before. */
void xenbus_reconnect(struct xenbus_device *device);

/* An attack is over: nobody waits for the results of its requests. Its page
 * goes back to the pool with the last answer: until then the backend may use
 * it. */
void xenbus_calm(struct xenbus_device *device);

const char *xenbus_phase_name(const struct xenbus_device *device);

/* --- for drivers ---------------------------------------------------------- */

/* Read numbers from the backend's folder. A value stays as it is if its node
 * has no number. */
void xenbus_read_backend(const struct xenbus_device *device,
                         const char *const names[], uint64_t values[],
                         unsigned int count);

/* Read a text from the frontend's folder. Returns its size; 0: none. */
size_t xenbus_read_text(const struct xenbus_device *device, const char *name,
                        char *text, size_t max);

/* The ids of an attack's requests: of the one whose answer is the result of a
 * try, and of the others. No other requests have them. */
#define XENBUS_HOSTILE_ID   0xffff
#define XENBUS_HOSTILE_REST 0xfffe

/*
 * Send the requests of a try. Each has the size of an entry of the ring. False:
 * with them more than `max` requests of attacks would be under way. The ring
 * has room for `max` besides those of the driver.
 */
struct front_ring;
bool xenbus_provoke(struct xenbus_device *device, struct front_ring *ring,
                    const void *requests, unsigned int count, unsigned int max);

/* Take an answer to a request of an attack. False: the id is not that of one,
 * or none is under way. */
bool xenbus_judge(struct xenbus_device *device, uint64_t id, int status);

/* Close the device, because its backend breaks the rules. */
void xenbus_fail(struct xenbus_device *device, const char *why);

#endif
