/* SPDX-License-Identifier: MIT */
/*
 * store - a client of xenstored; see store.h.
 */
#include "vmctl/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#include "lib/macros.h"
#include "vmctl/memory.h"
#include "vmctl/say.h"

#define PATH_COUNT 4
#define PART_MAX   3

/* More than the names of all domains that Xen can have. On a socket oxenstored
 * sends more than XENSTORE_PAYLOAD_MAX; seen on Xen 4.17. */
#define REPLY_MAX (1 << 20)

static int store = -1;

/* Events that came before a reply: their paths. */
static char **events;
static unsigned int event_count, event_room;

/* --- the connection ------------------------------------------------------- */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* libxenstore looks at the same places: the daemon's socket, then the device of
 * Linux, which also reaches a store in another domain. */
static int find_store(void)
{
    static const char *const sockets[] = {"/run/xenstored/socket",
                                          "/var/run/xenstored/socket"};
    const char *chosen = getenv("XENSTORED_PATH");
    int fd = -1;

    if (chosen)
        return connect_to(chosen);
    for (size_t i = 0; i < ARRAY_COUNT(sockets) && fd < 0; i++)
        fd = connect_to(sockets[i]);
    if (fd < 0)
        fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
    return fd;
}

static _Noreturn void fail(void)
{
    die(STATUS_FAILED, "cannot read xenstore: run vmctl as root in dom0");
}

static void read_whole(void *buffer, size_t size)
{
    for (char *at = buffer; size > 0;) {
        const ssize_t got = read(store, at, size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            fail();
        at += got;
        size -= (size_t)got;
    }
}

/* Read a message, with a NUL behind it; the caller frees it. */
static char *read_message(struct xsd_sockmsg *header)
{
    char *payload;

    read_whole(header, sizeof(*header));
    if (header->len > REPLY_MAX)
        fail();
    payload = memory_get(header->len + 1);
    read_whole(payload, header->len);
    payload[header->len] = '\0';
    return payload;
}

static void keep_event(char *path)
{
    if (event_count == event_room) {
        event_room = event_room > 0 ? 2 * event_room : 64;
        events = memory_resize(events, event_room, sizeof(*events));
    }
    events[event_count++] = path;
}

/*
 * Send a request of these parts, and read its reply, which the caller frees.
 * Null: the store refuses it.
 */
static char *request(enum xsd_sockmsg_type type, const struct iovec *parts,
                     int part_count, size_t *size)
{
    struct xsd_sockmsg header = {.type = type};
    struct iovec all[PART_MAX + 1] = {{&header, sizeof(header)}};
    size_t whole = sizeof(header);
    char *reply;

    for (int i = 0; i < part_count; i++) {
        all[i + 1] = parts[i];
        whole += parts[i].iov_len;
    }
    /* The store would close the connection. */
    if (whole - sizeof(header) > XENSTORE_PAYLOAD_MAX)
        return NULL;
    header.len = (uint32_t)(whole - sizeof(header));
    if (writev(store, all, part_count + 1) != (ssize_t)whole)
        fail();
    while (reply = read_message(&header), header.type == XS_WATCH_EVENT)
        keep_event(reply);
    if (size)
        *size = header.len;
    if (header.type == (uint32_t)type)
        return reply;
    free(reply);
    return NULL;
}

static char *request_path(enum xsd_sockmsg_type type, const char *path,
                          size_t *size)
{
    union {
        const char *text;
        void *base;
    } words = {path};
    const struct iovec part = {words.base, strlen(path) + 1};

    return request(type, &part, 1, size);
}

/* `path`, and behind it bytes that may have no NUL. */
static char *request_two(enum xsd_sockmsg_type type, const char *path,
                         const char *bytes, size_t size, size_t *reply_size)
{
    union {
        const char *text;
        void *base;
    } first = {path}, second = {bytes};
    const struct iovec parts[] = {{first.base, strlen(path) + 1},
                                  {second.base, size}};

    return request(type, parts, 2, reply_size);
}

/* The same, if the reply says no more than that. */
static bool is_accepted(enum xsd_sockmsg_type type, const char *path,
                        const char *bytes, size_t size)
{
    char *reply = request_two(type, path, bytes, size, NULL);
    const bool accepted = reply;

    free(reply);
    return accepted;
}

/* --- requests ------------------------------------------------------------- */

void store_open(void)
{
    store = find_store();
    if (store < 0 || !store_exists("/"))
        fail();
}

const char *store_path(unsigned int domid, const char *name)
{
    static char paths[PATH_COUNT][XENSTORE_ABS_PATH_MAX];
    static unsigned int next;
    char *path = paths[next++ % PATH_COUNT];

    snprintf(path, sizeof(paths[0]), "/local/domain/%u%s%s", domid,
             name ? "/" : "", name ? name : "");
    return path;
}

char *store_read(const char *path)
{
    return request_path(XS_READ, path, NULL);
}

bool store_exists(const char *path)
{
    char *value = store_read(path);
    const bool exists = value;

    free(value);
    return exists;
}

bool store_write(const char *path, const char *value, size_t size)
{
    return is_accepted(XS_WRITE, path, value, size);
}

int store_owner(const char *path)
{
    char *permissions = request_path(XS_GET_PERMS, path, NULL);
    /* The first one is a letter and the owner's number. */
    const int owner = permissions && permissions[0] != '\0'
                          ? (int)strtol(permissions + 1, NULL, 10)
                          : -1;

    free(permissions);
    return owner;
}

bool store_give(const char *path, unsigned int domid)
{
    char owner[16];

    snprintf(owner, sizeof(owner), "n%u", domid);
    return is_accepted(XS_SET_PERMS, path, owner, strlen(owner) + 1);
}

/*
 * XS_DIRECTORY_PART (xenstore.txt in Xen's docs/misc): the reply is a number,
 * which changes when the folder does, and names from `offset` on. Behind the
 * last name is one more NUL.
 */
static char *list_in_parts(const char *path, size_t *size)
{
    char *names = NULL, *generation = NULL;
    bool is_whole = false;

    *size = 0;
    while (!is_whole) {
        char offset[24];
        size_t part_size, head;
        char *part;

        snprintf(offset, sizeof(offset), "%zu", *size);
        part = request_two(XS_DIRECTORY_PART, path, offset, strlen(offset) + 1,
                           &part_size);
        head = part ? strlen(part) + 1 : 0;
        if (!part || head >= part_size) {
            /* Not a part of a list. */
            free(part);
            free(names);
            names = NULL;
            break;
        }
        if (generation && strcmp(generation, part) != 0) {
            /* The folder has changed: begin again. */
            free(generation);
            free(part);
            generation = NULL;
            *size = 0;
            continue;
        }
        names = memory_resize(names, *size + part_size - head, 1);
        memcpy(names + *size, part + head, part_size - head);
        *size += part_size - head;
        free(generation);
        generation = part;
        is_whole = *size < 2 || names[*size - 2] == '\0';
    }
    free(generation);
    *size -= is_whole; /* the last NUL */
    return names;
}

/* xenstored refuses if one reply does not hold all names. */
char **store_list(const char *path, unsigned int *count)
{
    size_t size;
    char *names = request_path(XS_DIRECTORY, path, &size), **list, *copy;

    if (!names)
        names = list_in_parts(path, &size);
    *count = 0;
    if (!names || size == 0) {
        free(names);
        return NULL;
    }
    for (size_t i = 0; i < size; i++)
        *count += names[i] == '\0';
    list = memory_get(*count * sizeof(*list) + size);
    copy = (char *)(list + *count);
    memcpy(copy, names, size);
    free(names);
    for (unsigned int i = 0; i < *count; i++) {
        list[i] = copy;
        copy += strlen(copy) + 1;
    }
    return list;
}

/* --- events --------------------------------------------------------------- */

/* The token of a watch is its path. */
void store_watch(const char *path)
{
    if (!is_accepted(XS_WATCH, path, path, strlen(path) + 1))
        die(STATUS_FAILED, "cannot watch %s", path);
}

void store_unwatch(const char *path)
{
    (void)is_accepted(XS_UNWATCH, path, path, strlen(path) + 1);
}

int64_t store_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* `changed` may send requests, which may keep further events. */
static void tell_events(void (*changed)(const char *path))
{
    for (unsigned int i = 0; i < event_count; i++) {
        changed(events[i]);
        free(events[i]);
    }
    event_count = 0;
}

bool store_wait(int64_t limit, void (*changed)(const char *path))
{
    for (;;) {
        struct pollfd ready = {.fd = store, .events = POLLIN};
        const int64_t left = limit - store_now();
        struct xsd_sockmsg header;

        if (event_count > 0) {
            tell_events(changed);
            return true;
        }
        if (left <= 0)
            return false;
        if (poll(&ready, 1, left < INT_MAX ? (int)left : INT_MAX) > 0)
            keep_event(read_message(&header));
    }
}
