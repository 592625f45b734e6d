/* SPDX-License-Identifier: MIT */
/*
 * self_test - tests layers that no command uses.
 *
 * With `self-test` on the command line, the VM lends dom0 a page with a
 * greeting, publishes the grant reference as data/xen-test-vm/self-test/grant,
 * and takes the page back before it ends.
 *
 * With `fault-test=`, the VM does at boot what memory protection must forbid:
 *   page-0         write to page 0
 *   nowhere        write to an address that is not mapped
 *   text           write to the kernel's text
 *   constant       write to a constant
 *   data           jump into data
 *   constant-jump  jump into a constant
 *   stack          overflow the stack
 */
#ifndef KERNEL_SELF_TEST_H
#define KERNEL_SELF_TEST_H

void self_test_start(void);

/* After a resume in a new domain: lend the page again. */
void self_test_resume(void);

void self_test_end(void);

#endif
