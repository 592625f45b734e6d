/* SPDX-License-Identifier: MIT */
/*
 * xenbus_store - the nodes of one device; see xenbus_store.h.
 */
#include "drivers/xenbus_store.h"

#include "lib/assert.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"

const char *xenbus_own_path(const struct xenbus_device *device,
                            const char *name, char path[XENBUS_PATH_MAX])
{
    format(path, XENBUS_PATH_MAX, "device/%s/%u/%s", device->driver->type,
           device->number, name);
    return path;
}

const char *xenbus_backend_path(const struct xenbus_device *device,
                                const char *name,
                                char path[XENBUS_BACKEND_PATH_SIZE])
{
    format(path, XENBUS_BACKEND_PATH_SIZE, "%s/%s", device->backend, name);
    return path;
}

bool xenbus_is_known(const struct xenstore_request *read)
{
    return read->error == 0 || read->error == -XEN_ENOENT;
}

int xenbus_publish(struct xenbus_device *device, struct xenbus_key *keys,
                   unsigned int count, unsigned int state)
{
    static struct {
        char path[XENBUS_PATH_MAX];
        char number[TEXT_NUMBER_SIZE];
    } texts[XENBUS_PUBLISH_MAX];
    struct xenstore_request requests[XENBUS_PUBLISH_MAX];
    int error;

    ASSERT(count < ARRAY_COUNT(requests));
    keys[count++] = (struct xenbus_key){"state", state, 0};
    for (unsigned int i = 0; i < count; i++) {
        requests[i] = xenstore_write(
            0, xenbus_own_path(device, keys[i].name, texts[i].path),
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

int xenbus_publish_state(struct xenbus_device *device, unsigned int state)
{
    struct xenbus_key key;

    return xenbus_publish(device, &key, 0, state);
}

void xenbus_take_number(const struct xenstore_request *read, uint64_t *value)
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
        char path[XENBUS_BACKEND_PATH_SIZE];
        char number[20];
    } texts[XENBUS_KEY_MAX];
    struct xenstore_request requests[XENBUS_KEY_MAX];

    ASSERT(count <= XENBUS_KEY_MAX);
    for (unsigned int i = 0; i < count; i++)
        requests[i] = xenstore_read(
            0, xenbus_backend_path(device, names[i], texts[i].path),
            texts[i].number, sizeof(texts[i].number));
    (void)xenstore_exchange(requests, count);
    for (unsigned int i = 0; i < count; i++)
        xenbus_take_number(&requests[i], &values[i]);
}

size_t xenbus_read_text(const struct xenbus_device *device, const char *name,
                        char *text, size_t max)
{
    char path[XENBUS_PATH_MAX];
    struct xenstore_request read =
        xenstore_read(0, xenbus_own_path(device, name, path), text, max);

    return xenstore_exchange(&read, 1) == 0 ? read.reply_size : 0;
}

char xenbus_own_state(const struct xenbus_device *device)
{
    char state = 0;

    (void)xenbus_read_text(device, "state", &state, 1);
    return state;
}
