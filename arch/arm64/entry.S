/* SPDX-License-Identifier: MIT */
/*
 * entry - the header of the image, the entry points, and where faults arrive.
 *
 * Xen enters here as Linux's protocol says (in Linux's sources,
 * Documentation/arch/arm64/booting.rst) with
 *   x0  physical address of the device tree
 * at EL1, with the MMU off and all interrupts masked, and no stack.
 *
 *   1. switch the MMU on, with the page tables that the linker made. Before
 *      that nothing may be stored: the store would go to memory, past a cache
 *      that may hold older bytes of the same place
 *   2. clear the memory behind the file, which no loader does
 *   3. jump to C
 */
#include "arch/arm64/arm64.h"

/* Arm ARM (DDI 0487) D19.2. */
#define MAIR_WRITE_BACK 0xff		/* attribute 0: normal, write-back */
#define TCR_SIZE        (64 - ADDRESS_BITS)
#define TCR_INNER_WB    (1 << 8)	/* tables are read from the cache */
#define TCR_OUTER_WB    (1 << 10)
#define TCR_INNER       (3 << 12)
#define TCR_NO_TTBR1    (1 << 23)
#define TCR_40_BITS     (2 << 32)	/* of physical addresses */
#define SCTLR_MMU       (1 << 0)
#define SCTLR_ALIGN     (1 << 1)	/* refuse unaligned accesses */
#define SCTLR_DATA      (1 << 2)	/* cache data */
#define SCTLR_TEXT      (1 << 12)	/* cache instructions */
#define SCTLR_WXN       (1 << 19)	/* never execute what can be written */

	.macro	ADDRESS register:req, symbol:req
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	/* Faults go to the vectors of this file; `number` is that of the vCPU.
	 * Clobbers x9. */
	.macro	VECTORS number:req
	mov	x9, #\number
	msr	tpidr_el1, x9
	ADDRESS	x9, vectors
	msr	vbar_el1, x9
	isb
	.endm

	/* 1. Clobbers x9. */
	.macro	MMU_ON
	ADDRESS	x9, arm64_level1
	msr	ttbr0_el1, x9
	mov	x9, #MAIR_WRITE_BACK
	msr	mair_el1, x9
	ldr	x9, =TCR_SIZE | TCR_INNER_WB | TCR_OUTER_WB | TCR_INNER | \
		TCR_NO_TTBR1 | TCR_40_BITS
	msr	tcr_el1, x9
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	mrs	x9, sctlr_el1
	bic	x9, x9, #SCTLR_ALIGN
	orr	x9, x9, #SCTLR_MMU
	orr	x9, x9, #SCTLR_DATA
	orr	x9, x9, #SCTLR_TEXT
	orr	x9, x9, #SCTLR_WXN
	msr	sctlr_el1, x9
	isb
	.endm

	.section .text.head, "ax", @progbits
	.globl	arm64_entry
arm64_entry:
	b	1f
	.word	0
	.quad	0			/* offset from the base of RAM */
	.quad	arm64_image_size
	.quad	2			/* little endian, pages of 4 KiB, at the
					 * start of RAM */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

	/* The page tables know one place. Elsewhere there can be no guest, and
	 * no line says so. */
1:	VECTORS	SILENT
	adr	x10, arm64_entry
	mov	x9, #LOAD_ADDRESS
	cmp	x9, x10
	b.ne	crash

	MMU_ON

	/* 2. In pieces of 64 bytes: the linker aligns both ends to a page. */
	ADDRESS	x9, arm64_bss
	ADDRESS	x10, arm64_image_end
1:	stp	xzr, xzr, [x9]
	stp	xzr, xzr, [x9, #16]
	stp	xzr, xzr, [x9, #32]
	stp	xzr, xzr, [x9, #48]
	add	x9, x9, #64
	cmp	x9, x10
	b.lo	1b

	/* 3. To C. */
	msr	tpidr_el1, xzr		/* vCPU 0: from now on not silent */
	ADDRESS	x9, arm64_stack + STACK_SIZE
	mov	sp, x9
	mov	x29, xzr
	mov	x30, xzr
	b	arm64_start		/* (device tree) */

	/* Another vCPU: x0 is a struct arm64_vcpu_start. */
	.globl	arm64_vcpu_entry
arm64_vcpu_entry:
	VECTORS	SILENT
	MMU_ON
	ldp	x9, x0, [x0]
	mov	sp, x9
	msr	tpidr_el1, x0
	mov	x29, xzr
	mov	x30, xzr
	b	kernel_vcpu		/* (vcpu) */

trap_common:
	mrs	x1, tpidr_el1
	cbnz	x1, crash
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	mov	x4, sp
	ADDRESS	x9, arm64_stack + STACK_SIZE
	mov	sp, x9
	mov	x29, xzr
	mov	x30, xzr
	b	arm64_trap	/* (vector, syndrome, pc, address, sp) */

	/* End the domain, without the use of memory that can be written. */
crash:	mov	x0, #XEN_SHUTDOWN
	adr	x1, 1f
	mov	x16, #XEN_SCHED_OP
	hvc	#XEN_HVC		/* (command, argument) */
	b	crash
1:	.word	XEN_SHUTDOWN_CRASH	/* struct sched_shutdown */

	/* Where faults arrive. No fault returns, so each begins at the top of
	 * the stack: a fault that a full stack causes needs room. A vCPU whose
	 * number is not 0 has no such stack, and crashes the domain without a
	 * line. */
	.balign	2048
vectors:
	.set	vector, 0
	.rept	16
	.balign	128
	mov	x0, #vector
	b	trap_common
	.set	vector, vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
