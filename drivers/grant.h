/* SPDX-License-Identifier: MIT */
/*
 * grant - pages lent to other domains (xen/grant_table.h, version 1).
 *
 * A table of fixed size, mapped when the first grant is made: a VM without
 * devices pays nothing. Whoever grants keeps the page; the peer may read or
 * write it at any time until the grant has ended.
 */
#ifndef DRIVERS_GRANT_H
#define DRIVERS_GRANT_H

#include <stdbool.h>

#include "arch/arch.h"

/*
 * Let `domain` map the page of `page`, which is part of the image. *reference
 * is what to tell the domain. Errors: -XEN_ENOSPC when all are in use, or what
 * mapping the table gave.
 */
int grant_page(domid_t domain, const void *page, bool read_only,
               grant_ref_t *reference) MUST_CHECK;

/*
 * Take the page back. -XEN_EBUSY: the domain has it mapped, the grant stands;
 * -XEN_EINVAL: not a grant of ours.
 */
int grant_end(grant_ref_t reference) MUST_CHECK;

/*
 * After a resume in a new domain: no page is lent any more, whatever was. Xen
 * has given that domain an empty table.
 */
void grant_forget(void);

#endif
