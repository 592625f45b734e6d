/* SPDX-License-Identifier: MIT */
/*
 * devices - commands about devices; see devices.h.
 */
#include "kernel/devices.h"

#include "drivers/blkfront.h"
#include "drivers/lend.h"
#include "drivers/netfront.h"
#include "kernel/clock.h"
#include "lib/error.h"
#include "lib/format.h"

static const struct xenbus_driver *const drivers[] = {
    [DEVICE_VBD] = &blkfront_driver,
    [DEVICE_VIF] = &netfront_driver,
};
_Static_assert(ARRAY_COUNT(drivers) == DEVICE_TYPE_COUNT,
               "each type of device has its driver");
_Static_assert(DEVICE_TYPE_COUNT <= XENBUS_DRIVER_MAX,
               "xenbus has room for each driver");

void devices_start(void)
{
    xenbus_start(drivers, ARRAY_COUNT(drivers), clock_ns);
}

static const char *describe(const struct xenbus_device *device)
{
    static char text[160];
    struct netfront_counts counts;
    struct writer writer;

    writer_start(&writer, text, sizeof(text));
    write_format(&writer, "\"phase\": \"%s\", \"connected\": %u, \"pages\": %u",
                 device ? xenbus_phase_name(device) : "absent",
                 device ? device->connected : 0, lend_count());
    if (device && device->driver == &netfront_driver) {
        counts = netfront_counts(device);
        write_format(&writer,
                     ", \"received\": %u, \"sent\": %u, \"dropped\": %u",
                     counts.received, counts.sent, counts.dropped);
    }
    return text;
}

void devices_frontend(const struct command *command, struct outcome *outcome)
{
    static const unsigned char modes[] = {
        [MODE_OBEY] = XENBUS_OBEY,
        [MODE_NEVER_CONNECT] = XENBUS_NEVER_CONNECT,
        [MODE_REFUSE_CLOSE] = XENBUS_REFUSE_CLOSE,
        [MODE_CLOSE_LATE] = XENBUS_CLOSE_LATE,
        [MODE_DISCONNECT] = XENBUS_DISCONNECT,
        [MODE_CORRUPT] = XENBUS_CORRUPT,
    };
    const struct xenbus_driver *driver = drivers[command->device_type];
    int error = 0;

    if (command->mode != MODE_AS_IT_IS)
        error = xenbus_set_mode(driver, command->device, modes[command->mode],
                                command->seconds * NS_PER_S);
    if (error != 0)
        outcome->error = error == -XEN_ENODEV
                             ? "the device is not connected"
                             : "there is no room for another device";
    outcome->detail = describe(xenbus_find(driver, command->device));
}

void devices_address(const struct command *command, struct outcome *outcome)
{
    if (!netfront_set_ip(command->device, command->ip))
        outcome->error = "there is no room for another address";
}
