/* SPDX-License-Identifier: MIT */
/*
 * lend - pages for devices, each lent to the domain of its backend.
 *
 * The pool has a fixed size and is part of the image. A page is lent from
 * lend_page() until lend_end(). If the other domain still has the page mapped
 * at lend_end(), the page is not given out again before that mapping has ended.
 * lend_page() and lend_count() check for that.
 */
#ifndef DRIVERS_LEND_H
#define DRIVERS_LEND_H

#include "arch/arch.h"

/* Two networks of 12 pages (drivers/netfront.c), the rings of four disks, and
 * the 16 pages of one disk at work (kernel/disk.c). */
#define LEND_PAGE_MAX 44

/*
 * A page of zeroes that `domain` may map and write; *reference is its grant
 * reference. `owner` is any number below 256, for lend_end_all(). Null: no page
 * was lent; *error is -XEN_ENOMEM if all pages are lent or still mapped, or the
 * error of grant_page().
 */
void *lend_page(unsigned int owner, domid_t domain, grant_ref_t *reference,
                int *error);

/* Take a page of lend_page() back, even if the other domain still has it
 * mapped. Does nothing if the page is not lent any more. */
void lend_end(void *page);

/* Take back all pages of an owner. */
void lend_end_all(unsigned int owner);

/* After a resume in a new domain: no page is lent any more. */
void lend_forget(void);

/* The number of pages that another domain may still have mapped. */
unsigned int lend_count(void);

#endif
