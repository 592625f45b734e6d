/* SPDX-License-Identifier: MIT */
/*
 * netfront - the frontend of network interfaces, "vif" (xen/io/netif.h).
 *
 * Answers ARP and ICMP echo for its address (lib/ethernet.h), counts frames,
 * and sends what it is given. One queue, frames of one page, no offloads. What
 * there is no room to answer yet waits in the ring; what is too large for an
 * Ethernet is dropped.
 */
#ifndef DRIVERS_NETFRONT_H
#define DRIVERS_NETFRONT_H

#include "drivers/xenbus.h"
#include "lib/ethernet.h"

extern const struct xenbus_driver netfront_driver;

struct netfront_counts {
    uint32_t received, sent, dropped;
};

/* Since the VM booted, or the device was first seen. */
struct netfront_counts netfront_counts(const struct xenbus_device *device);

/*
 * The address of the interface of that number, from now on and after each
 * resume; published as attr/vif/NUMBER/ipv4/0 once it is connected. False:
 * there is no room for another one.
 */
bool netfront_set_ip(uint32_t number, const uint8_t ip[4]);

/* Fill and send a frame of `size` bytes. False: there is no room now. */
bool netfront_send_test(struct xenbus_device *device, uint32_t number,
                        size_t size);

/* Whether the backend has taken all that was sent. */
bool netfront_is_sent(const struct xenbus_device *device);

#endif
