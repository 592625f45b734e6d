/* SPDX-License-Identifier: MIT */
/*
 * attack_channels - attacks by event channels: all ports, events without end,
 * and what belongs to others.
 */
#include "drivers/console.h"
#include "drivers/evtchn.h"
#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "kernel/attack_part.h"
#include "lib/error.h"

#define SLICE_MAX 32 /* hypercalls */

/* No domain has this number, so a port for it is one of the attack. */
#define NOBODY (DOMID_FIRST_RESERVED - 1)

static evtchn_port_t last, next; /* ports that the attack may have */

static void start(void)
{
    last = next = 0;
}

static int take_port(void)
{
    evtchn_port_t port = 0;
    const int error = evtchn_open(NOBODY, &port);

    if (error == 0 && port > last)
        last = next = port;
    return error;
}

/* The daemons and the backends, in turn. */
static int send(uint32_t number)
{
    evtchn_port_t ports[2 + XENBUS_DEVICE_MAX] = {xenstore_port(),
                                                  console_port()};
    const unsigned int count = 2 + xenbus_ports(&ports[2]);

    return evtchn_notify(ports[number % count]);
}

/* Domain 0's ports: connect to one, ask who uses one, make one, close all. */
static int use_others(uint32_t number)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = 0,
                                           .remote_port = number / 4 % 4096};
    struct evtchn_status status = {.dom = 0, .port = number / 4 % 4096};
    struct evtchn_alloc_unbound open = {.dom = 0, .remote_dom = DOMID_SELF};
    struct evtchn_reset reset = {.dom = 0};
    int error;

    switch (number % 4) {
    case 0:
        error = arch_event_channel_op(EVTCHNOP_bind_interdomain, &bind);
        if (error == 0)
            evtchn_close(bind.local_port);
        return error;
    case 1:
        return arch_event_channel_op(EVTCHNOP_status, &status);
    case 2:
        return arch_event_channel_op(EVTCHNOP_alloc_unbound, &open);
    default:
        return arch_event_channel_op(EVTCHNOP_reset, &reset);
    }
}

static bool try(uint64_t *wake_ns)
{
    (void)wake_ns;
    for (unsigned int i = 0; i < SLICE_MAX; i++) {
        if (attack.tried == attack.wanted)
            return false;
        if (attack.mode == ATTACK_EVTCHN_PORTS)
            attack_judge(take_port());
        else if (attack.mode == ATTACK_EVTCHN_EVENTS)
            attack_judge(send(attack.tried));
        else
            attack_judge(use_others(attack.tried));
        attack.tried++;
    }
    return true;
}

static bool give_back(void)
{
    for (unsigned int i = 0; i < SLICE_MAX && next > 0; i++)
        evtchn_close_unbound(NOBODY, next--);
    return next > 0;
}

const struct attack_part attack_channels = {
    .start = start,
    .try = try,
    .give_back = give_back,
};
