/* SPDX-License-Identifier: MIT */
/*
 * lend - pages for devices, each lent to the domain of its backend.
 *
 * A pool of fixed size, part of the image. A page is lent from lend_page()
 * until lend_end(); if the other domain still has it mapped by then, nobody
 * gets it before that has ended, which is looked at whenever pages are wanted
 * or counted.
 */
#ifndef DRIVERS_LEND_H
#define DRIVERS_LEND_H

#include "arch/arch.h"

#define LEND_PAGE_MAX 44 /* two networks, four disks, one of them at work */

/*
 * A page of zeroes that `domain` may map and write; *reference is its grant.
 * `owner` is for lend_end_all(), any number below 256. Null: there is none, or
 * no grant; *error says which, -XEN_ENOMEM or what grant_page() said.
 */
void *lend_page(unsigned int owner, domid_t domain, grant_ref_t *reference,
                int *error);

/* Take it back, whoever still has it mapped. Nothing, if it is not lent. */
void lend_end(void *page);

/* All of an owner's. */
void lend_end_all(unsigned int owner);

/* After a resume in a new domain: nothing is lent to anybody any more. */
void lend_forget(void);

/* Pages that somebody may still have mapped. */
unsigned int lend_count(void);

#endif
