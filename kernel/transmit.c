/* SPDX-License-Identifier: MIT */
/*
 * transmit - sends frames to a network; see transmit.h.
 */
#include "kernel/transmit.h"

#include "drivers/netfront.h"
#include "kernel/clock.h"
#include "lib/format.h"

static struct {
    uint32_t device, frames, bytes, sent;
    uint64_t begun_ns;
} order;

void transmit_start(const struct command *command, uint64_t now_ns)
{
    order.device = command->device;
    order.frames = command->frames;
    order.bytes = command->bytes;
    order.sent = 0;
    order.begun_ns = now_ns;
}

bool transmit_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    static char detail[80];
    struct xenbus_device *device = xenbus_find(&netfront_driver, order.device);
    const uint64_t ms = (now_ns - order.begun_ns) / NS_PER_MS;

    *wake_ns = TIME_NEVER;
    if (!xenbus_is_present(device)) {
        outcome->error = OUTCOME_NO_DEVICE;
        return false;
    }
    if (device->phase != XENBUS_CONNECTED)
        return true;
    while (order.sent < order.frames &&
           netfront_send_test(device, order.sent, order.bytes))
        order.sent++;
    if (order.sent < order.frames || !netfront_is_sent(device))
        return true;
    format(detail, sizeof(detail),
           "\"frames\": %u, \"ms\": %llu, \"frames_per_s\": %llu", order.sent,
           (unsigned long long)ms,
           (unsigned long long)((uint64_t)order.sent * 1000 / MAX(ms, 1)));
    outcome->detail = detail;
    return false;
}
