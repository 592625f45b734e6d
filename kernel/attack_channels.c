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
#include "lib/string.h"

#define SLICE_MAX 32 /* hypercalls */

static uint8_t taken[EVTCHN_2L_NR_CHANNELS / 8]; /* a bit for each port */
static evtchn_port_t last; /* none above this one is taken */

/* In a new domain none is taken. */
static void forget_ports(void)
{
    memset(taken, 0, sizeof(taken));
    last = 0;
}

static uint8_t bit_of(evtchn_port_t port)
{
    return (uint8_t)(1U << port % 8);
}

/* Nobody else could connect to it. Where Xen lets domains talk only to domain
 * 0, as on Arm, it permits no port for a domain that there is not. */
static bool take_port(uint32_t number)
{
    evtchn_port_t port = 0;
    const int error = evtchn_open(DOMID_SELF, &port);

    (void)number;
    if (error == 0) {
        taken[port / 8] |= bit_of(port);
        last = MAX(last, port);
    }
    attack_judge(error);
    return true;
}

/* The daemons and the backends, in turn. */
static bool send(uint32_t number)
{
    evtchn_port_t ports[2 + XENBUS_DEVICE_MAX] = {xenstore_port(),
                                                  console_port()};
    const unsigned int count = 2 + xenbus_ports(&ports[2]);

    attack_judge(evtchn_notify(ports[number % count]));
    return true;
}

/* Domain 0's ports: connect to one, ask who uses one, make one, close all. */
static int ask_for_others(uint32_t number)
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

static bool use_others(uint32_t number)
{
    attack_judge(ask_for_others(number));
    return true;
}

/* Leave room for the mark of a suspend: without one the VM could take the same
 * domain for a new one, and would forget all ports that it took. */
static bool take_some(void)
{
    evtchn_port_t spare;
    const int error = evtchn_open(DOMID_SELF, &spare);
    const bool more = attack_some(SLICE_MAX, take_port);

    if (error == 0)
        evtchn_close(spare);
    return more;
}

static bool try(uint64_t *wake_ns)
{
    (void)wake_ns;
    if (attack.mode == ATTACK_EVTCHN_PORTS)
        return take_some();
    return attack_some(SLICE_MAX,
                       attack.mode == ATTACK_EVTCHN_EVENTS ? send : use_others);
}

static bool give_back(void)
{
    for (unsigned int i = 0; i < SLICE_MAX && last > 0; i++, last--) {
        if (taken[last / 8] & bit_of(last))
            evtchn_close(last);
    }
    return last > 0;
}

const struct attack_part attack_channels = {
    .start = forget_ports,
    .try = try,
    .give_back = give_back,
    .renewed = forget_ports,
};
