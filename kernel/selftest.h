/* SPDX-License-Identifier: MIT */
/*
 * selftest - layers that no command uses yet, shown at work.
 *
 * With `self-test` on the command line the VM lends dom0 a page with a
 * greeting, publishes the reference as data/xen-test-vm/self-test/grant, and
 * takes the page back before it ends.
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

void selftest_start(void);

/* After a resume in a new domain: lend the page again. */
void selftest_resume(void);

void selftest_end(void);

#endif
