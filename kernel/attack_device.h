/* SPDX-License-Identifier: MIT */
/*
 * attack_device - the requests of attacks on the backends of devices. For
 * kernel/attack_device.c, which has the course of these attacks.
 */
#ifndef KERNEL_ATTACK_DEVICE_H
#define KERNEL_ATTACK_DEVICE_H

#include "drivers/xenbus.h"

/*
 * 0: `page`; 1 to 3: a grant reference under which nobody has a page. It is one
 * that Xen reserves, the greatest, or one that grant.c does not reach. Never 0
 * or 1, those of the console and of the store: a backend in dom0 may use these
 * two, and what it writes would be taken for input.
 */
grant_ref_t attack_reference(unsigned int kind, grant_ref_t page);

/* Send the requests of one try. `reference` is that of a page that the backend
 * may use. False: answers have to come first. */
bool attack_disk_request(struct xenbus_device *device, uint32_t number,
                         grant_ref_t reference);
bool attack_net_request(struct xenbus_device *device, uint32_t number,
                        grant_ref_t reference);
bool attack_net_buffer(struct xenbus_device *device, uint32_t number,
                       grant_ref_t reference);

#endif
