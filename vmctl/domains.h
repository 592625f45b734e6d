/* SPDX-License-Identifier: MIT */
/*
 * domains - the domains that are there, with their names and UUIDs. Everything
 * comes from xenstore, where all toolstacks write it: xl, libvirt and xenopsd.
 */
#ifndef VMCTL_DOMAINS_H
#define VMCTL_DOMAINS_H

#include <stdbool.h>

struct domain {
    unsigned int domid;
    char *name;     /* "" if it has none yet */
    char *uuid;     /* the same */
    bool is_listed; /* by the latest look */
};

/*
 * Look what is there now. `follow`: keep the list true from now on. The caller
 * gives each event to domains_changed().
 */
void domains_start(bool follow);

/* True: domains have come, gone, or have another name. */
bool domains_changed(const char *path);

/* The domains, in the order of their numbers; no domain 0. */
const struct domain *domains_list(unsigned int *count);

/* Null: it is not there. */
const struct domain *domains_find(unsigned int domid);

/*
 * Whether the domain exists. It reads a node that toolstacks make together with
 * the domain: the folder of a domain proves nothing, since a late write makes
 * it again.
 */
bool domain_is_there(unsigned int domid);

#endif
