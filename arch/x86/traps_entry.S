/* SPDX-License-Identifier: MIT */
/*
 * traps_entry - where CPU faults arrive.
 *
 * Each vector has an entry of TRAP_ENTRY_SIZE bytes. PV enters at its start,
 * since Xen leaves rcx and r11 on top of the frame. PVH enters TRAP_PV_PROLOGUE
 * bytes later, with the frame as the CPU pushes it. x86_trap(), which never
 * returns, learns the entry, and so the vector, from the return address of the
 * call.
 *
 * An NMI returns. It comes at any moment, on the current stack of any vCPU, and
 * changes nothing but a flag. On PV the first page fault returns, too: it shows
 * the late text (pv_protect.c). If that was not its cause, it comes again.
 */
#include "arch/x86/x86.h"

	.section .text.x86_trap_entries, "ax", @progbits
	.balign	TRAP_ENTRY_SIZE
	.globl	x86_trap_entries
	.type	x86_trap_entries, @function
x86_trap_entries:
	.rept	TRAP_COUNT
	pop	%rcx		/* TRAP_PV_PROLOGUE bytes for these two */
	pop	%r11
	call	trap_common
	.endr
	.size	x86_trap_entries, . - x86_trap_entries
	.if	. - x86_trap_entries != TRAP_COUNT * TRAP_ENTRY_SIZE
	.error	"an entry has not TRAP_ENTRY_SIZE bytes"
	.endif

	.type	trap_common, @function
trap_common:
	cld
	mov	%rsp, %rdi
	and	$-16, %rsp
	call	x86_trap
	.size	trap_common, . - trap_common

	.globl	x86_nmi_pv, x86_nmi_pvh
	.type	x86_nmi_pvh, @function
x86_nmi_pvh:
	movb	$1, x86_nmi_flag
	iretq
	.size	x86_nmi_pvh, . - x86_nmi_pvh

	/* The stack has rcx, r11 and the error code, then the frame. C may
	 * change rax and the six others. */
	.globl	x86_page_fault_pv
	.type	x86_page_fault_pv, @function
x86_page_fault_pv:
	cmpb	$0, pv_late_text_shown
	jne	x86_trap_entries + X86_PAGE_FAULT_VECTOR * TRAP_ENTRY_SIZE
	cld
	push	%rax
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%rbp
	mov	%rsp, %rbp
	and	$-16, %rsp
	call	pv_show_late_text
	mov	%rbp, %rsp
	pop	%rbp
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rax
	pop	%rcx
	pop	%r11
	add	$8, %rsp
	jmp	1f
	.size	x86_page_fault_pv, . - x86_page_fault_pv

	/* The hypercall unmasks NMIs. It takes struct iret_context
	 * of xen/arch-x86/xen-x86_64.h: rax, r11, rcx and flags,
	 * then the frame. */
	.type	x86_nmi_pv, @function
x86_nmi_pv:
	movb	$1, x86_nmi_flag
	pop	%rcx
	pop	%r11
1:	push	$0
	push	%rcx
	push	%r11
	push	%rax
	mov	$PV_IRET, %eax
	syscall
	.size	x86_nmi_pv, . - x86_nmi_pv

	.section .note.GNU-stack, "", @progbits
