/* SPDX-License-Identifier: MIT */
/*
 * traps_entry - where CPU faults arrive.
 *
 * One entry a vector, TRAP_ENTRY_SIZE bytes each. PV enters at its start: Xen
 * leaves rcx and r11 on top of the frame. PVH enters TRAP_PV_PROLOGUE later,
 * with the frame as the CPU pushes it. Both go on to x86_trap(), which never
 * returns.
 */
#include "arch/x86/x86.h"

	.section .text.x86_trap_entries, "ax", @progbits
	.balign	TRAP_ENTRY_SIZE
	.globl	x86_trap_entries
	.type	x86_trap_entries, @function
x86_trap_entries:
	vector = 0
	.rept	TRAP_COUNT
	.balign	TRAP_ENTRY_SIZE
	pop	%rcx			/* TRAP_PV_PROLOGUE bytes for these two */
	pop	%r11
	/* Vectors with an error code: Intel SDM vol. 3A table 6-1. */
	.if	((0x60227d00 >> vector) & 1) == 0
	push	$0
	.endif
	push	$vector
	jmp	trap_common
	vector = vector + 1
	.endr
	.size	x86_trap_entries, . - x86_trap_entries

	.type	trap_common, @function
trap_common:
	push	%r15
	push	%r14
	push	%r13
	push	%r12
	push	%r11
	push	%r10
	push	%r9
	push	%r8
	push	%rdi
	push	%rsi
	push	%rbp
	push	%rbx
	push	%rdx
	push	%rcx
	push	%rax
	cld
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	x86_trap
	.size	trap_common, . - trap_common

	.section .note.GNU-stack, "", @progbits
