/* SPDX-License-Identifier: MIT */
/*
 * device - the names of devices that people type: xvda, xvdb3, hda, sda1, d0p1,
 * 51712, vbd/51712, vif0, vif/0 and MAC addresses. The numbers of disks are
 * those of xen-vbd-interface(7).
 */
#ifndef VMCTL_DEVICE_H
#define VMCTL_DEVICE_H

#include <stdbool.h>

/* The VM's name of the device, such as "vbd/51712". A name that is none of
 * these stays as it is: the VM says what is wrong with it. The caller frees the
 * result. */
char *device_of(const char *name);

/* Whether it is a MAC address: only the store knows the device. */
bool device_is_mac(const char *name);

/* The VM's name of the network with this MAC address. Null: the domain has
 * none. The caller frees the result. */
char *device_with_mac(unsigned int domid, const char *mac);

#endif
