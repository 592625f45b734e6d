/* SPDX-License-Identifier: MIT */
/*
 * entry_pv - the door of PV guests.
 *
 * Xen enters here (xen/arch-x86/xen-x86_64.h, xen/xen.h "Start-of-day memory
 * layout") with
 *   rsi  virtual address of struct start_info
 *   rsp  a small boot stack
 * in 64-bit mode, ring 3, paging on with the image mapped writable at
 * VIRTUAL_OFFSET, and event delivery masked.
 */
#include "arch/x86/x86.h"

	.section .text.pv_entry, "ax", @progbits
	.globl	pv_entry
	.type	pv_entry, @function
pv_entry:
	cld
	mov	$x86_stack + STACK_SIZE, %esp
	xor	%ebp, %ebp
	mov	$pv_ops, %edi
	call	x86_start		/* (pv_ops, start_info); never returns */
	.size	pv_entry, . - pv_entry

	.section .note.GNU-stack, "", @progbits
