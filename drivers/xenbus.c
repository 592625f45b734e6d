/* SPDX-License-Identifier: MIT */
/*
 * xenbus - finding the devices, and events; see xenbus.h.
 */
#include "drivers/xenbus.h"

#include <xen/io/xenbus.h>

#include "drivers/evtchn.h"
#include "drivers/lend.h"
#include "drivers/xenbus_backend.h"
#include "drivers/xenbus_state.h"
#include "drivers/xenbus_store.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"

#define NAMES_MAX 256 /* bytes of a list: more names of devices than places */

static const struct xenbus_driver *const *drivers;
static unsigned int driver_count;

static struct xenbus_device devices[XENBUS_DEVICE_MAX];
static unsigned int first_watch;
static bool crowded;        /* a device without a place has been logged */
static unsigned int wanted; /* bit 0: a scan; bit 1 + place: a look there */

#define SCAN         1U
#define LOOK(device) (2U << (device)->place)

/* --- finding devices ------------------------------------------------------ */

static void vanish(struct xenbus_device *device)
{
    xenbus_lose_backend(device);
    device->found = false;
    if (device->mode == XENBUS_OBEY)
        device->driver = 0;
}

/* The place of a device, a new place if needed. Null: no place is free. */
static struct xenbus_device *place_of(const struct xenbus_driver *driver,
                                      uint32_t number)
{
    struct xenbus_device *place = xenbus_find(driver, number);

    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX && !place; i++) {
        if (!devices[i].driver) {
            place = &devices[i];
            *place = (struct xenbus_device){
                .driver = driver,
                .number = number,
                .place = i,
                .close_at_ns = TIME_NEVER,
                .watch = first_watch + 1 + i,
            };
        }
    }
    return place;
}

/* Take the first name of a list. A name without a NUL was cut: ignore it. */
static bool next_name(struct text *names, struct text *name)
{
    size_t size = 0;

    while (size < names->size && names->bytes[size] != '\0')
        size++;
    if (size == names->size)
        return false;
    *name = (struct text){names->bytes, size};
    names->bytes += size + 1;
    names->size -= size + 1;
    return true;
}

static struct text names_of(const struct xenstore_request *list)
{
    return (struct text){list->reply, list->reply_size};
}

/* Give a place to each listed device. False: there are too few places. */
static bool find(const struct xenbus_driver *driver,
                 const struct xenstore_request *list)
{
    struct text names = names_of(list), name;
    struct xenbus_device *device;
    uint64_t number;
    bool room = true;

    while (next_name(&names, &name)) {
        /* Ignore a folder like 007: xenbus_own_path() would lead to 7. */
        if ((name.bytes[0] == '0' && name.size > 1) ||
            !text_number(name, &number) || number > UINT32_MAX)
            continue;
        device = place_of(driver, (uint32_t)number);
        if (device)
            device->found = true;
        else
            room = false;
    }
    return room;
}

/*
 * Look at new devices and forget devices that are gone. If the lists are not
 * whole, ask for each missing device by itself: it may be behind the cut, or in
 * a list that the store did not give because it is larger than a payload
 * (-XEN_E2BIG). True: a place became free.
 */
static bool sort_out(bool lists_are_whole)
{
    bool freed = false;

    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        struct xenbus_device *device = &devices[i];

        if (!device->driver)
            continue;
        if (!device->found && !lists_are_whole)
            device->found =
                xenbus_own_state(device) != 0 || !xenstore_is_usable();
        if (!device->found)
            vanish(device);
        else if (device->watched == 0)
            wanted |= LOOK(device);
        freed = freed || !device->driver;
    }
    return freed;
}

static void scan(void)
{
    static char names[XENBUS_DRIVER_MAX][NAMES_MAX];
    struct xenstore_request lists[XENBUS_DRIVER_MAX];
    const char *why = 0;

    for (unsigned int i = 0; i < driver_count; i++)
        lists[i] = xenstore_directory(drivers[i]->folder, names[i], NAMES_MAX);
    lists[0].watch = (int)first_watch;
    (void)xenstore_exchange(lists, driver_count);
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++)
        devices[i].found = false;
    for (unsigned int i = 0; i < driver_count; i++) {
        if (!xenbus_is_known(&lists[i]))
            why = error_name(lists[i].error);
        if (!find(drivers[i], &lists[i]))
            why = "all places are taken";
    }
    if (sort_out(why == 0) && why) {
        wanted |= SCAN; /* devices without a place may get one now */
        return;
    }
    if (why && !crowded && xenstore_is_usable())
        log_error("xenbus", "some devices are left alone: %s", why);
    crowded = why != 0;
}

/* --- for kernel/main.c ---------------------------------------------------- */

void xenbus_start(const struct xenbus_driver *const list[], unsigned int count,
                  uint64_t (*now_ns)(void))
{
    ASSERT(count <= XENBUS_DRIVER_MAX);
    drivers = list;
    driver_count = count;
    xenbus_state_start(now_ns);
}

void xenbus_watch(unsigned int first, struct xenstore_request *watch)
{
    first_watch = first;
    *watch = xenstore_watch("device", first);
}

void xenbus_list(struct xenstore_request *list)
{
    static char types[NAMES_MAX];

    *list = xenstore_directory("device", types, NAMES_MAX);
    list->watch = (int)first_watch;
}

void xenbus_listed(const struct xenstore_request *list)
{
    struct text names = names_of(list), name;

    /* Scan only if needed: libxl makes the folder "device" for every VM. */
    while (next_name(&names, &name)) {
        for (unsigned int i = 0; i < driver_count; i++) {
            if (text_is(name, drivers[i]->type))
                wanted |= SCAN;
        }
    }
    /* A type that is behind the cut, or not listed, may be one of ours. */
    if (!xenbus_is_known(list))
        wanted |= SCAN;
}

void xenbus_event(unsigned int watch)
{
    ASSERT(watch >= first_watch && watch - first_watch <= XENBUS_DEVICE_MAX);
    wanted |= 1U << (watch - first_watch);
}

void xenbus_renew(void)
{
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++)
        devices[i].watched = 0;
    wanted |= SCAN;
}

bool xenbus_run(void)
{
    bool some = wanted != 0;
    unsigned int now;

    if (wanted & SCAN) {
        wanted &= ~SCAN;
        scan();
    }
    /* Look at new devices at once, else work would find them absent. */
    now = wanted;
    wanted &= SCAN;
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        struct xenbus_device *device = &devices[i];

        if (!device->found)
            continue;
        if ((now & LOOK(device)) && xenbus_look(device))
            wanted |= LOOK(device);
        if (xenbus_close_if_due(device)) {
            wanted |= LOOK(device);
            some = true;
        }
        some = xenbus_take_event(device) || some;
    }
    return some;
}

uint64_t xenbus_deadline(void)
{
    uint64_t deadline = TIME_NEVER;

    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        if (devices[i].driver)
            deadline = MIN(deadline, devices[i].close_at_ns);
    }
    return deadline;
}

unsigned int xenbus_ports(evtchn_port_t ports[XENBUS_DEVICE_MAX])
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        if (devices[i].port != 0)
            ports[count++] = devices[i].port;
    }
    return count;
}

void xenbus_forget(void)
{
    lend_forget();
    wanted = 0;
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        /* The new domain may still have the device. */
        if (devices[i].driver)
            wanted = SCAN;
        devices[i].phase = XENBUS_ABSENT;
        devices[i].watched = 0;
        devices[i].port = 0;
        devices[i].lost_state = 0;
        devices[i].close_at_ns = TIME_NEVER;
        devices[i].nonsense = 0;
        xenbus_forget_attack(&devices[i]);
    }
}

struct xenbus_device *xenbus_first(const struct xenbus_driver *driver)
{
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        if (devices[i].phase != XENBUS_ABSENT &&
            (!driver || devices[i].driver == driver))
            return &devices[i];
    }
    return 0;
}

struct xenbus_device *xenbus_find(const struct xenbus_driver *driver,
                                  uint32_t number)
{
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        if (devices[i].driver == driver && devices[i].number == number)
            return &devices[i];
    }
    return 0;
}

void xenbus_notify(const struct xenbus_device *device)
{
    const int error = evtchn_notify(device->port);

    if (error != 0)
        log_error("xenbus", "%s/%u: no event sent: %s", device->driver->type,
                  device->number, error_name(error));
}

bool xenbus_is_present(const struct xenbus_device *device)
{
    return device && device->phase != XENBUS_ABSENT &&
           device->phase != XENBUS_CLOSED;
}

int xenbus_set_mode(const struct xenbus_driver *driver, uint32_t number,
                    enum xenbus_mode mode, uint64_t late_ns)
{
    struct xenbus_device *device;

    if (mode == XENBUS_DISCONNECT || mode == XENBUS_CORRUPT)
        return xenbus_act(xenbus_find(driver, number), mode);
    device = place_of(driver, number);
    if (!device)
        return -XEN_ENOSPC;
    device->mode = mode;
    device->close_late_ns = late_ns;
    if (device->phase != XENBUS_CLOSED)
        device->close_at_ns = TIME_NEVER;
    if (mode == XENBUS_OBEY && !device->found) {
        device->driver = 0;
        return 0;
    }
    if (mode == XENBUS_OBEY && device->phase == XENBUS_FRESH)
        (void)xenbus_publish_state(device, XenbusStateInitialising);
    /* The new mode may permit a step that the old mode forbade. */
    if (device->phase != XENBUS_ABSENT)
        wanted |= LOOK(device);
    return 0;
}
