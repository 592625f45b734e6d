/* SPDX-License-Identifier: MIT */
/*
 * entry_pv - the door of PV guests.
 *
 * Xen enters here (xen/arch-x86/xen-x86_64.h, xen/xen.h "Start-of-day memory
 * layout") with
 *   rsi  virtual address of struct start_info
 *   rsp  a small boot stack
 * in 64-bit mode, ring 3, paging on with the image mapped writable at
 * VIRTUAL_OFFSET, and event delivery masked. What follows runs there, and not
 * at the address that it is linked at:
 *
 *   1. a page table that shows the text, read-only
 *   2. Xen takes it for one only if nobody can write to it
 *   3. to where the text is linked, and to C; pv_protect.c does the rest
 *
 * Should Xen refuse one of them it crashes the domain at step 3.
 */
#include "arch/x86/x86.h"

#define PAGE_SHIFT 12
#define ENTRY      8
#define TABLE_COVERS (1 << 21)

	/* From a table's address to the one that its first entry leads to. */
	.macro	FOLLOW table:req
	mov	(\table), \table
	shl	$12, \table			/* flags above the frame, */
	shr	$12 + PAGE_SHIFT, \table	/* ... and below */
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
	mov	$x86_stack + STACK_SIZE, %esp
	mov	%rsi, %rbx
	mov	PV_START_MFN_LIST(%rbx), %rbp

	/* 1. Frame by frame. */
	mov	$LOAD_ADDRESS >> PAGE_SHIFT, %ecx
	mov	$x86_data - VIRTUAL_OFFSET, %edx
	shr	$PAGE_SHIFT, %edx
1:	mov	(%rbp, %rcx, ENTRY), %rax
	shl	$PAGE_SHIFT, %rax
	or	$PTE_TEXT, %rax
	mov	%rax, x86_text_table(, %rcx, ENTRY)
	inc	%ecx
	cmp	%edx, %ecx
	jne	1b

	/* 2. The table. */
	mov	$x86_text_table, %edi
	lea	-VIRTUAL_OFFSET(%rdi), %eax
	shr	$PAGE_SHIFT, %eax
	mov	(%rbp, %rax, ENTRY), %r12
	shl	$PAGE_SHIFT, %r12
	or	$PTE_TEXT, %r12
	mov	%r12, %rsi
	mov	$PV_INVLPG, %edx
	mov	$PV_UPDATE_VA, %eax
	syscall					/* (page, entry, flags) */

	mov	PV_START_PT_BASE(%rbx), %rax
	FOLLOW	%rax
	mov	(%rax), %rax			/* to the directory */
	shl	$12, %rax
	shr	$12 + PAGE_SHIFT, %rax
	shl	$PAGE_SHIFT, %rax
	add	$TEXT_OFFSET / TABLE_COVERS * ENTRY, %rax
	push	%r12
	push	%rax
	mov	%rsp, %rdi			/* struct mmu_update */
	mov	$1, %esi
	xor	%edx, %edx
	mov	$XEN_SELF, %r10d
	mov	$PV_MMU_UPDATE, %eax
	syscall					/* (updates, count, 0, domain) */

	/* 3. */
	mov	$x86_stack + STACK_SIZE, %esp
	xor	%ebp, %ebp
	mov	$pv_ops, %edi
	mov	%rbx, %rsi
	mov	$x86_start, %eax
	call	*%rax			/* (pv_ops, start_info); never returns */
	.size	pv_entry, . - pv_entry

	.section .note.GNU-stack, "", @progbits
