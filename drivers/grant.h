/* SPDX-License-Identifier: MIT */
/*
 * grant - pages lent to other domains (xen/grant_table.h, version 1).
 *
 * The table has a fixed size. It is mapped when the first grant is made, so a
 * VM without devices does not pay for it. The VM keeps a granted page; the
 * other domain may read or write the page at any time until the grant has
 * ended.
 */
#ifndef DRIVERS_GRANT_H
#define DRIVERS_GRANT_H

#include <stdbool.h>

#include "arch/arch.h"

/*
 * Let `domain` map the page at `page`, which must be part of the image.
 * *reference is the grant reference for that domain. Errors: -XEN_ENOSPC if all
 * references are in use, or the error of mapping the table.
 */
int grant_page(domid_t domain, const void *page, bool read_only,
               grant_ref_t *reference) MUST_CHECK;

/*
 * Take the page back. -XEN_EBUSY: the domain still has the page mapped, and the
 * grant stands; -XEN_EINVAL: the reference is no grant of this VM.
 */
int grant_end(grant_ref_t reference) MUST_CHECK;

/* End all grants of a page. The result is that of the last one that did not
 * end. */
int grant_end_all(const void *page);

/*
 * For testers of backends: take the next standing grant after *reference away
 * for a moment, whether it is mapped or not, and let other domains run
 * meanwhile. *reference is this grant. False: there is no grant.
 */
bool grant_flap(grant_ref_t *reference);

/* If the other domain may write to the page, it may not from now on, and the
 * other way round. Does nothing if the reference, of a table that is mapped, is
 * free. For testers of backends. */
void grant_flip(grant_ref_t reference);

/*
 * Call this after a resume in a new domain: no page is granted any more. Xen
 * has given that domain an empty table.
 */
void grant_forget(void);

#endif
