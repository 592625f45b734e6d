/* SPDX-License-Identifier: MIT */
/*
 * selftest - layers that no command uses yet, shown at work.
 *
 * With `self-test` on the command line the VM lends dom0 a page with a
 * greeting, publishes the reference as data/xen-test-vm/self-test/grant, and
 * takes the page back before it ends.
 *
 * With `fault-test=` it does at boot what memory protection has to forbid:
 *   page-0   write to page 0
 *   nowhere  ... to where nothing is mapped
 *   text     ... to the kernel's text
 *   data     jump into data
 *   stack    put more on the stack than it holds
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

void selftest_start(void);

/* After a resume in a new domain: lend the page again. */
void selftest_resume(void);

void selftest_end(void);

#endif
