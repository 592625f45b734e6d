/* SPDX-License-Identifier: MIT */
/*
 * hypercall - the instructions that enter Xen, as C functions.
 *
 * C passes (number, a, b, c, d, e) in rdi, rsi, rdx, rcx, r8, r9. Xen wants the
 * number in rax and the arguments in rdi, rsi, rdx, r10, r8, and answers in rax
 * (xen/arch-x86/xen-x86_64.h). Xen may clobber the argument registers, and the
 * instruction clobbers rcx and r11; the C caller saves all of them.
 *
 * The alignment keeps the 15 bytes from the instruction on in one page. 15
 * bytes are the longest instruction: where the CPU does not tell the length,
 * Xen fetches all of them to decode it, and takes longer if they lie in two
 * pages. A checkpoint of PVH then cost 1202 us of CPU time instead of 968, seen
 * on Xen 4.17 under emulation.
 */
	.macro	HYPERCALL name:req, instruction:req
	.section .text.\name, "ax", @progbits
	.globl	\name
	.balign	32
	.type	\name, @function
\name:
	mov	%edi, %eax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	\instruction
	ret
	.size	\name, . - \name
	.endm

	HYPERCALL x86_syscall, syscall	/* PV */
	HYPERCALL x86_vmcall, vmcall	/* PVH, Intel and Centaur */
	HYPERCALL x86_vmmcall, vmmcall	/* PVH, AMD and Hygon */

	.section .note.GNU-stack, "", @progbits
