/* SPDX-License-Identifier: MIT */
/*
 * entry_pv - the entry point of PV guests.
 *
 * Xen enters here (xen/arch-x86/xen-x86_64.h, xen/xen.h "Start-of-day memory
 * layout") with
 *   rsi  virtual address of struct start_info
 *   rsp  a small boot stack
 * in 64-bit mode, ring 3, paging on with the image mapped writable at
 * VIRTUAL_OFFSET, and event delivery masked. This code runs in that mapping,
 * and not at the address that it is linked at:
 *
 *   1. add the early text, read-only, to the page table that shows the p2m
 *   2. jump to C, where the text is linked; pv_protect.c does the rest
 *
 * If Xen refuses step 1, the jump of step 2 makes it crash the domain.
 */
#include "arch/x86/x86.h"

#define PAGE_SHIFT    12
#define LARGE_SHIFT   21
#define ENTRY         8
#define TABLE_ENTRIES 512
#define UPDATE        16 /* struct mmu_update */

	/* The machine address of the table behind a table's first entry. */
	.macro	LEADS_TO table:req
	mov	(\table), \table
	shl	$12, \table			/* drop flags above */
	shr	$12 + PAGE_SHIFT, \table	/* ... and below the frame */
	shl	$PAGE_SHIFT, \table
	.endm

	/* The same table's virtual address. */
	.macro	FOLLOW table:req
	LEADS_TO \table
	shr	$PAGE_SHIFT, \table
	movabs	$PV_MACH2PHYS, %rdx
	mov	(%rdx, \table, ENTRY), \table
	shl	$PAGE_SHIFT, \table
	add	$VIRTUAL_OFFSET, \table
	.endm

	.section .text.pv_entry, "ax", @progbits
	.globl	pv_entry
	.type	pv_entry, @function
pv_entry:
	cld
	mov	%rsi, %rbx

	/* 1. One update for each frame, built in the lowest part of the future
	 * stack. The first update shows the table itself. */
	mov	PV_START_PT_BASE(%rbx), %r8
	FOLLOW	%r8
	FOLLOW	%r8			/* the directory */
	lea	(VIRTUAL_OFFSET >> LARGE_SHIFT) * ENTRY(%r8), %rax
	LEADS_TO %r8
	LEADS_TO %rax
	mov	$pv_text_table, %edx
	shr	$PAGE_SHIFT, %edx
	and	$TABLE_ENTRIES - 1, %edx
	lea	(%rax, %rdx, ENTRY), %rax
	mov	%rax, x86_stack
	lea	PTE_READ(%r8), %rax
	mov	%rax, x86_stack + UPDATE / 2
	mov	PV_START_MFN_LIST(%rbx), %rbp
	mov	$LOAD_ADDRESS >> PAGE_SHIFT, %ecx
	mov	$x86_late_text, %edx
	shr	$PAGE_SHIFT, %edx
	mov	$x86_stack + UPDATE, %edi
1:	lea	(%r8, %rcx, ENTRY), %rax
	mov	%rax, (%rdi)			/* ptr */
	mov	(%rbp, %rcx, ENTRY), %rax
	shl	$PAGE_SHIFT, %rax
	or	$PTE_READ, %rax
	mov	%rax, UPDATE / 2(%rdi)		/* val */
	add	$UPDATE, %edi
	inc	%ecx
	cmp	%edx, %ecx
	jne	1b

	lea	1 - (LOAD_ADDRESS >> PAGE_SHIFT)(%rcx), %esi
	mov	$x86_stack, %edi
	xor	%edx, %edx
	mov	$XEN_SELF, %r10d
	mov	$PV_MMU_UPDATE, %eax
	syscall				/* (updates, count, 0, domain) */

	/* 2. To C. */
	mov	$x86_stack + STACK_SIZE, %esp
	xor	%ebp, %ebp
	mov	$pv_ops, %edi
	mov	%rbx, %rsi
	mov	$x86_start, %eax
	/* (pv_ops, start_info); never returns */
	call	*%rax
	.size	pv_entry, . - pv_entry

	.section .note.GNU-stack, "", @progbits
