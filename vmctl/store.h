/* SPDX-License-Identifier: MIT */
/*
 * store - a client of xenstored (xen/io/xs_wire.h), with requests and events on
 * one connection. A failure of the connection ends the program with a message.
 *
 * It is not libxenstore: the static one of Debian 12 (Xen 4.17) has no thread
 * that reads, and takes an event that comes before a reply for the end of the
 * connection.
 */
#ifndef VMCTL_STORE_H
#define VMCTL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the VM publishes, below its folder. */
#define OWN "data/xen-test-vm"

/* Connect. Ends the program if there is no store that answers. */
void store_open(void);

/*
 * The path of a node of a domain, in a buffer that the fourth next call uses
 * again. `name` without a '/' in front; null: the domain's folder.
 */
const char *store_path(unsigned int domid, const char *name);

/* The value, with a NUL behind it; the caller frees it. Null: there is no such
 * node. */
char *store_read(const char *path);
bool store_exists(const char *path);

/* False: the store refuses it. */
bool store_write(const char *path, const char *value, size_t size);
/* The number of the domain to which the node belongs; negative: there is no
 * such node. */
int store_owner(const char *path);
/* Give the node to the domain: nobody else but dom0 may read or write it. */
bool store_give(const char *path, unsigned int domid);

/*
 * The names in a folder, in one piece of memory: the caller frees it. Null:
 * there is no such node, or nothing in it.
 */
char **store_list(const char *path, unsigned int *count);

void store_watch(const char *path);
void store_unwatch(const char *path);

/*
 * Wait for an event until store_now() is `limit`. `changed` is called with the
 * path of each event that is there. False: the time is up.
 */
bool store_wait(int64_t limit, void (*changed)(const char *path));

/* Monotonic time in ms. */
int64_t store_now(void);

#endif
