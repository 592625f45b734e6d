/* SPDX-License-Identifier: MIT */
/*
 * xenbus - devices and their states; see xenbus.h.
 */
#include "drivers/xenbus.h"

#include <xen/io/xenbus.h>

#include "drivers/evtchn.h"
#include "drivers/lend.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/string.h"

#define STATE_COUNT (XenbusStateReconfigured + 1)

/* Bytes of the path of a node in the backend's folder. */
#define BACKEND_PATH_SIZE (2UL * XENBUS_PATH_MAX)

/* Nodes that a device watches, and the place of the backend's state among them:
 * name_watched(). */
#define WATCHED_MAX   3
#define WATCHED_STATE 2

#define NAMES_MAX 256 /* bytes of a list: more names of devices than places */

static const struct xenbus_driver *const *drivers;
static unsigned int driver_count;
static uint64_t (*clock_now)(void);

static struct xenbus_device devices[XENBUS_DEVICE_MAX];
static unsigned int first_watch;
static bool crowded;        /* a device without a place has been logged */
static unsigned int wanted; /* bit 0: a scan; bit 1 + place: a look there */

#define SCAN         1U
#define LOOK(device) (2U << (device)->place)

/* --- the state machine ---------------------------------------------------- */

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

/* --- the store ------------------------------------------------------------ */

/* The path of a node in the frontend's folder, in `path`. */
static const char *own_path(const struct xenbus_device *device,
                            const char *name, char path[XENBUS_PATH_MAX])
{
    format(path, XENBUS_PATH_MAX, "device/%s/%u/%s", device->driver->type,
           device->number, name);
    return path;
}

static const char *backend_path(const struct xenbus_device *device,
                                const char *name, char path[BACKEND_PATH_SIZE])
{
    format(path, BACKEND_PATH_SIZE, "%s/%s", device->backend, name);
    return path;
}

/* Never log one line twice in a row: a backend may cause it without end. */
static void say(struct xenbus_device *device, const char *what)
{
    if (device->said != what)
        log_info("xenbus", "%s/%u: %s", device->driver->type, device->number,
                 what);
    device->said = what;
}

/*
 * Publish the keys and then the state, which must come last. The caller's array
 * has room for one more key. If the connection to the store is lost meanwhile,
 * nobody knows what the store has taken: look() finds out on the next
 * connection.
 */
static int publish(struct xenbus_device *device, struct xenbus_key *keys,
                   unsigned int count, unsigned int state)
{
    static struct {
        char path[XENBUS_PATH_MAX];
        char number[TEXT_NUMBER_SIZE];
    } texts[XENBUS_KEY_MAX + 2];
    struct xenstore_request requests[XENBUS_KEY_MAX + 2];
    int error;

    ASSERT(count < ARRAY_COUNT(requests));
    keys[count++] = (struct xenbus_key){"state", state, 0};
    for (unsigned int i = 0; i < count; i++) {
        requests[i] = xenstore_write(
            0, own_path(device, keys[i].name, texts[i].path),
            keys[i].text ? text_of(keys[i].text)
                         : text_of_number(texts[i].number, keys[i].value));
    }
    error = xenstore_exchange(requests, count);
    device->lost_state = xenstore_is_usable() ? 0 : (unsigned char)state;
    if (device->lost_state != 0)
        return 0;
    if (error != 0)
        log_error("xenbus", "%s/%u: its state cannot be published: %s",
                  device->driver->type, device->number, error_name(error));
    return error;
}

static int publish_state(struct xenbus_device *device, unsigned int state)
{
    struct xenbus_key key;

    return publish(device, &key, 0, state);
}

/* Take the number that was read. If it is no number, *value stays. */
static void take_number(const struct xenstore_request *read, uint64_t *value)
{
    uint64_t number;

    if (read->error == 0 &&
        text_number((struct text){read->reply, read->reply_size}, &number))
        *value = number;
}

void xenbus_read_backend(const struct xenbus_device *device,
                         const char *const names[], uint64_t values[],
                         unsigned int count)
{
    static struct {
        char path[BACKEND_PATH_SIZE];
        char number[20];
    } texts[XENBUS_KEY_MAX];
    struct xenstore_request requests[XENBUS_KEY_MAX];

    ASSERT(count <= XENBUS_KEY_MAX);
    for (unsigned int i = 0; i < count; i++)
        requests[i] =
            xenstore_read(0, backend_path(device, names[i], texts[i].path),
                          texts[i].number, sizeof(texts[i].number));
    (void)xenstore_exchange(requests, count);
    for (unsigned int i = 0; i < count; i++)
        take_number(&requests[i], &values[i]);
}

size_t xenbus_read_text(const struct xenbus_device *device, const char *name,
                        char *text, size_t max)
{
    char path[XENBUS_PATH_MAX];
    struct xenstore_request read =
        xenstore_read(0, own_path(device, name, path), text, max);

    return xenstore_exchange(&read, 1) == 0 ? read.reply_size : 0;
}

/* The first digit of the frontend's own state; 0: no state is readable. */
static char own_state(const struct xenbus_device *device)
{
    char state = 0;

    (void)xenbus_read_text(device, "state", &state, 1);
    return state;
}

/* --- the steps ------------------------------------------------------------ */

/* No backend uses the device any more: free all that it holds. */
static void release(struct xenbus_device *device)
{
    if (device->port != 0)
        evtchn_close(device->port);
    device->port = 0;
    device->close_at_ns = TIME_NEVER;
    lend_end_all(device->place);
    device->lost_state = 0;
    device->phase = XENBUS_FRESH;
}

/* Announce that the frontend is closed. The backend may use the pages until
 * release(). */
static void close(struct xenbus_device *device)
{
    device->phase = XENBUS_CLOSED;
    device->close_at_ns = TIME_NEVER;
    (void)publish_state(device, XenbusStateClosed);
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
        say(device, "does not close, as told");
    } else if (uses && device->mode == XENBUS_CLOSE_LATE) {
        if (device->close_at_ns != TIME_NEVER)
            return;
        device->close_at_ns = clock_now() + device->close_late_ns;
        say(device, "closes late, as told");
    } else {
        close(device);
        say(device, "closed");
    }
}

static void offer(struct xenbus_device *device)
{
    struct xenbus_key keys[XENBUS_KEY_MAX + 2];
    int result;

    if (device->mode == XENBUS_NEVER_CONNECT) {
        say(device, "does not connect, as told");
        return;
    }
    result = evtchn_open(device->backend_domain, &device->port);
    keys[0] = (struct xenbus_key){"event-channel", device->port, 0};
    if (result == 0)
        result = device->driver->offer(device, &keys[1]);
    if (result >= 0)
        result = publish(device, keys, 1 + (unsigned int)result,
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
        error = publish_state(device, XenbusStateConnected);
    if (error != 0) {
        xenbus_fail(device, error_name(error));
        return;
    }
    device->phase = XENBUS_CONNECTED;
    device->connected++;
    if (device->driver->event(device) != 0)
        xenbus_fail(device, "impossible ring indices");
}

static void take_step(struct xenbus_device *device, uint64_t state)
{
    if (state >= STATE_COUNT)
        state = XenbusStateUnknown;
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
        if (own_state(device) != '0' + XenbusStateInitialising)
            break;
        /* fall through */
    case RENEW:
        release(device);
        offer(device);
        break;
    case RELEASE:
        release(device);
        break;
    default:
        break;
    }
}

/* --- finding devices ------------------------------------------------------ */

static unsigned int watch_of(const struct xenbus_device *device)
{
    return first_watch + 1 + device->place;
}

/*
 * The nodes that the device watches, in this order; the first device->watched
 * of them are set. All have the same watch number.
 */
static void name_watched(const struct xenbus_device *device,
                         char paths[WATCHED_MAX][BACKEND_PATH_SIZE])
{
    own_path(device, "backend", paths[0]);
    own_path(device, "backend-id", paths[1]);
    backend_path(device, "state", paths[WATCHED_STATE]);
}

/* Remove the device's watches, all but the first `kept`. The device has at
 * least that many. */
static void unwatch(struct xenbus_device *device, unsigned int kept)
{
    char paths[WATCHED_MAX][BACKEND_PATH_SIZE];
    struct xenstore_request requests[WATCHED_MAX];
    unsigned int count = 0;

    ASSERT(device->watched >= kept);
    name_watched(device, paths);
    for (unsigned int i = kept; i < device->watched; i++)
        requests[count++] = xenstore_unwatch(paths[i], watch_of(device));
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
    release(device);
    say(device, what);
    device->phase = XENBUS_ABSENT;
}

/* Take the first backend, or another one: nothing of the old one stays. */
static void use_backend(struct xenbus_device *device, const char *path,
                        domid_t domain)
{
    if (device->phase != XENBUS_ABSENT) {
        lose_backend(device, WATCHED_STATE, "has another backend");
        /* Else the new backend takes the old offer for one made to it. */
        (void)publish_state(device, XenbusStateInitialising);
    }
    memcpy(device->backend, path, XENBUS_PATH_MAX);
    device->backend_domain = domain;
    device->phase = XENBUS_FRESH;
    device->close_at_ns = TIME_NEVER;
    wanted |= LOOK(device);
}

/* The connection to the store was lost while the device published a state. */
static void find_lost_state(struct xenbus_device *device)
{
    const char state = own_state(device);

    if (!xenstore_is_usable())
        return;
    if (state == '0' + device->lost_state)
        device->lost_state = 0; /* the store has taken it */
    else if (device->phase == XENBUS_OFFERED)
        release(device); /* look() offers the device again */
    else
        (void)publish_state(device, device->lost_state);
}

/* The store's answer says something about the node. A read that is refused,
 * such as with EACCES or ENOMEM, says nothing. */
static bool is_known(const struct xenstore_request *read)
{
    return read->error == 0 || read->error == -XEN_ENOENT;
}

/*
 * Read where the backend is, and the backend's state. Before that, set the
 * watches that are not set yet. Only the first read covers their events: an
 * event that comes after the first read may be of a node that was read before.
 */
static void look(struct xenbus_device *device)
{
    char replies[WATCHED_MAX][XENBUS_PATH_MAX];
    const bool has_backend = device->phase != XENBUS_ABSENT;
    const unsigned int count = has_backend ? WATCHED_MAX : WATCHED_STATE;
    char paths[WATCHED_MAX][BACKEND_PATH_SIZE];
    struct xenstore_request requests[2 * WATCHED_MAX], *reads = requests;
    uint64_t numbers[WATCHED_MAX] = {0, DOMID_FIRST_RESERVED,
                                     XenbusStateUnknown};

    if (device->lost_state != 0)
        find_lost_state(device);
    memset(replies, 0, sizeof(replies));
    name_watched(device, paths);
    for (; device->watched < count; device->watched++)
        *reads++ = xenstore_watch(paths[device->watched], watch_of(device));
    for (unsigned int i = 0; i < count; i++)
        reads[i] =
            xenstore_read(0, paths[i], replies[i], sizeof(replies[i]) - 1);
    reads[0].watch = (int)watch_of(device);
    (void)xenstore_exchange(requests, (unsigned int)(reads - requests) + count);
    if (!xenstore_is_usable())
        return; /* xenbus_renew() looks again */
    for (const struct xenstore_request *watch = requests; watch < reads;
         watch++) {
        if (watch->error != 0)
            say(device, "has a node that cannot be watched");
    }
    for (unsigned int i = 1; i < count; i++)
        take_number(&reads[i], &numbers[i]);
    if (has_backend && reads[0].error == -XEN_ENOENT &&
        reads[1].error == -XEN_ENOENT && reads[WATCHED_STATE].error != 0) {
        /* Both folders were removed, and our state, which came later, has made
         * ours anew: some toolstacks let a guest do that. */
        lose_backend(device, WATCHED_STATE, "is gone");
        return;
    }
    if (reads[0].error != 0 || numbers[1] >= DOMID_FIRST_RESERVED) {
        /*
         * This may be a change or a removal in progress: keep the old backend.
         */
        if (!has_backend || reads[0].error != -XEN_ENOENT)
            say(device, "names no backend");
    } else if (!has_backend || numbers[1] != device->backend_domain ||
               memcmp(replies[0], device->backend, XENBUS_PATH_MAX) != 0) {
        use_backend(device, replies[0], (domid_t)numbers[1]);
        return;
    }
    if (has_backend && is_known(&reads[WATCHED_STATE]))
        take_step(device, numbers[WATCHED_STATE]);
}

static void vanish(struct xenbus_device *device)
{
    lose_backend(device, 0, "is gone");
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
        /* Ignore a folder like 007: own_path() would lead to 7. */
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
            device->found = own_state(device) != 0 || !xenstore_is_usable();
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
        if (!is_known(&lists[i]))
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
    clock_now = now_ns;
}

struct xenstore_request xenbus_watch(unsigned int first)
{
    first_watch = first;
    return xenstore_watch("device", first);
}

struct xenstore_request xenbus_list(void)
{
    static char types[NAMES_MAX];
    struct xenstore_request list =
        xenstore_directory("device", types, NAMES_MAX);

    list.watch = (int)first_watch;
    return list;
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
    if (!is_known(list))
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
        if (now & LOOK(device))
            look(device);
        if (device->close_at_ns != TIME_NEVER &&
            device->close_at_ns <= clock_now()) {
            close(device);
            say(device, "closed");
            some = true;
        }
        if (device->port != 0 && evtchn_clear(device->port)) {
            some = true;
            if (device->phase == XENBUS_CONNECTED &&
                device->driver->event(device) != 0)
                xenbus_fail(device, "impossible ring indices");
        }
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
    }
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

static int act_at_once(struct xenbus_device *device, enum xenbus_mode mode)
{
    if (!device || device->phase != XENBUS_CONNECTED)
        return -XEN_ENODEV;
    if (mode == XENBUS_CORRUPT)
        device->driver->corrupt(device);
    else
        return publish_state(device, XenbusStateClosing);
    return 0;
}

int xenbus_set_mode(const struct xenbus_driver *driver, uint32_t number,
                    enum xenbus_mode mode, uint64_t late_ns)
{
    struct xenbus_device *device;

    if (mode == XENBUS_DISCONNECT || mode == XENBUS_CORRUPT)
        return act_at_once(xenbus_find(driver, number), mode);
    device = place_of(driver, number);
    if (!device)
        return -XEN_ENOSPC;
    device->mode = mode;
    device->close_late_ns = late_ns;
    device->close_at_ns = TIME_NEVER;
    if (mode == XENBUS_OBEY && !device->found) {
        device->driver = 0;
        return 0;
    }
    if (mode == XENBUS_OBEY && device->phase == XENBUS_FRESH)
        (void)publish_state(device, XenbusStateInitialising);
    /* The new mode may permit a step that the old mode forbade. */
    if (device->phase != XENBUS_ABSENT)
        wanted |= LOOK(device);
    return 0;
}
