/* SPDX-License-Identifier: MIT */
/*
 * netfront - the frontend of network interfaces, "vif" (xen/io/netif.h).
 *
 * Answers ARP and ICMP echo for its address (lib/ethernet.h), counts frames,
 * and sends test frames. One queue, frames of one page, no offloads. A frame
 * stays in the ring until there is room for its answer. A frame that is too
 * large for Ethernet is dropped.
 */
#ifndef DRIVERS_NETFRONT_H
#define DRIVERS_NETFRONT_H

#include "drivers/xenbus.h"
#include "lib/ethernet.h"

extern const struct xenbus_driver netfront_driver;

struct netfront_counts {
    uint32_t received, sent, dropped;
};

/* Counted since the VM booted or the device was first seen. */
struct netfront_counts netfront_counts(const struct xenbus_device *device);

/*
 * Set the address of the interface with this number, now and after each resume.
 * The address is published as attr/vif/NUMBER/ipv4/0 when the interface is
 * connected. False: no room for another address.
 */
bool netfront_set_ip(uint32_t number, const uint8_t ip[4]);

/* Fill and send a frame of `size` bytes. False: no room now. */
bool netfront_send_test(struct xenbus_device *device, uint32_t number,
                        size_t size);

/*
 * Send the requests of one try of an attack. device->judge gets the status
 * of that with the id XENBUS_HOSTILE_ID. False: too many are under way.
 */
struct netif_tx_request;
bool netfront_provoke(struct xenbus_device *device,
                      const struct netif_tx_request *requests,
                      unsigned int count);

/* Offer a buffer of an attack for a frame. The rest is as above. */
struct netif_rx_request;
bool netfront_provoke_in(struct xenbus_device *device,
                         const struct netif_rx_request *request);

/* Whether the backend has taken all frames that were sent. */
bool netfront_is_sent(const struct xenbus_device *device);

#endif
