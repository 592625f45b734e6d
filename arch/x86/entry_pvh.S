/* SPDX-License-Identifier: MIT */
/*
 * entry_pvh - the entry point of PVH guests.
 *
 * Xen enters here (docs/misc/pvh.pandoc in Xen's sources) with
 *   ebx  physical address of struct hvm_start_info
 * in 32-bit protected mode, flat segments, paging and interrupts off, no stack.
 *
 *   1. page tables: map text and data where they are linked. C later maps what
 *      else it needs, such as what the builder left (pvh_start.c)
 *   2. long mode: each access to a control register costs 6 to 10 us in Xen, so
 *      each is written once and none is read
 *   3. jump to C
 */
#include "arch/x86/x86.h"

#define PHYSICAL(symbol) ((symbol) - VIRTUAL_OFFSET) /* not for text */

#define PTE_WRITABLE (PTE_PRESENT | PTE_WRITE | PTE_ACCESS | PTE_DIRTY)
#define LARGE_SHIFT  21
#define PAGE_SHIFT   12
#define PAGE         (1 << PAGE_SHIFT)
#define ENTRY        8

/* Offset of the entry for address 0, in a table that starts at this offset. */
#define AT(offset) (((offset) & ((1 << LARGE_SHIFT) - 1)) / PAGE * ENTRY)

#define CR0_PE  0x00000001
#define CR0_ET  0x00000010
#define CR0_NE  0x00000020
#define CR0_WP  0x00010000
#define CR0_PG  0x80000000
#define CR4_PAE 0x00000020
#define MSR_EFER 0xc0000080
#define EFER_LME 0x00000100
#define EFER_NXE 0x00000800

	/* Map pages from eax up, by entries from edi on; edx is the
	 * entries' upper half. */
	.macro	SHOW end:req
1:	mov	%eax, (%edi)
	mov	%edx, 4(%edi)
	add	$ENTRY, %edi
	add	$PAGE, %eax
	cmp	$\end, %eax
	jb	1b
	.endm

	.section .text.pvh_entry, "ax", @progbits
	.code32
	.globl	pvh_entry
	.type	pvh_entry, @function
pvh_entry:
	cld
	lgdtl	pvh_gdt_pointer

	/* CPUID costs 12 us a leaf: only this one is read. ebx is
	 * kept in esi. */
	mov	%ebx, %esi
	mov	$CPUID_EXTENDED_FEATURES, %eax
	cpuid
	mov	%edx, PHYSICAL(pvh_extended_features)

	/* Ask Xen for the HVM parameters now: without paging a call takes a
	 * third of the time, since Xen need not walk page tables for the
	 * argument. After an error the value stays 0. */
	mov	$PHYSICAL(pvh_parameters), %edi
	mov	$PHYSICAL(pvh_parameter_numbers), %ebp
1:	movl	$XEN_SELF, (%edi)	/* struct xen_hvm_param */
	movzbl	(%ebp), %eax
	mov	%eax, 4(%edi)
	mov	$PVH_HVM_OP, %eax
	mov	$PVH_GET_PARAM, %ebx
	mov	%edi, %ecx
	testb	$CPUID_EDX_REPEATED, PHYSICAL(pvh_extended_features)
	jz	2f
	vmmcall				/* (command, parameter) */
	jmp	3f
2:	vmcall
3:	inc	%ebp
	add	$PVH_PARAMETER_SIZE, %edi
	cmp	$PHYSICAL(pvh_parameters) + \
		PVH_PARAMETERS * PVH_PARAMETER_SIZE, %edi
	jne	1b

	mov	$EFER_LME, %ebp
	mov	PHYSICAL(pvh_extended_features), %edx
	and	$CPUID_EDX_NX, %edx
	jz	1f
	mov	$PTE_NX, %edx
	or	$EFER_NXE, %ebp
	mov	%edx, PHYSICAL(x86_no_execute) + 4
1:

	/* 1. Page tables; the loader has cleared them. The second entry of the
	 * low directory shows the view (pvh.h). */
	movl	$PHYSICAL(pvh_directory_pointers) + PTE_WRITABLE, \
		PHYSICAL(pvh_root)
	movl	$PHYSICAL(pvh_low_directory) + PTE_WRITABLE, \
		PHYSICAL(pvh_directory_pointers)
	movl	$PHYSICAL(pvh_high_directory) + PTE_WRITABLE, \
		PHYSICAL(pvh_directory_pointers) + 3 * ENTRY
	movl	$PHYSICAL(pvh_text_table) + PTE_WRITABLE, \
		PHYSICAL(pvh_low_directory)
	movl	$PTE_READ + PTE_LARGE, PHYSICAL(pvh_low_directory) + ENTRY
	mov	%edx, PHYSICAL(pvh_low_directory) + ENTRY + 4
	movl	$PHYSICAL(pvh_window_table) + PTE_WRITABLE, \
		PHYSICAL(pvh_low_directory) + \
		(VIRTUAL_OFFSET >> LARGE_SHIFT) * ENTRY

	/* The image: text, then constants and data, up to the tables that only
	 * the CPU reads. Page 0 is mapped in the view alone. */
	mov	$PHYSICAL(pvh_text_table) + LOAD_ADDRESS / PAGE * ENTRY, %edi
	mov	$LOAD_ADDRESS + PTE_READ, %eax
1:	mov	%eax, (%edi)
	add	$ENTRY, %edi
	add	$PAGE, %eax
	cmp	$x86_text_end, %eax
	jb	1b
	mov	$PHYSICAL(x86_constants) + PTE_READ, %eax
	mov	%eax, %edi
	shr	$PAGE_SHIFT, %edi
	lea	PHYSICAL(pvh_window_table) + \
		AT(VIRTUAL_OFFSET)(, %edi, ENTRY), %edi
	SHOW	PHYSICAL(x86_data)
	add	$PTE_WRITABLE - PTE_READ, %eax
	SHOW	PHYSICAL(x86_hidden)

	/* 2. Long mode. */
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$PHYSICAL(pvh_root), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	%ebp, %eax
	xor	%edx, %edx
	wrmsr
	mov	$CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE, %eax
	mov	%eax, %cr0
	ljmp	$PVH_CODE64, $1f

	/* 3. To C. */
	.code64
1:	mov	$PVH_DATA, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	mov	$x86_stack + STACK_SIZE, %esp
	xor	%ebp, %ebp
	mov	$pvh_ops, %edi
	push	%rbp		/* no return address: the stack ends here */
	jmp	x86_start		/* (pvh_ops, hvm_start_info) */
	.size	pvh_entry, . - pvh_entry

	/* Entry of another vCPU, whose number is in edi. Xen has set up
	 * its segments without a GDT, but the return from an NMI loads
	 * them from one. */
	.globl	pvh_vcpu_entry
	.type	pvh_vcpu_entry, @function
pvh_vcpu_entry:
	lgdt	pvh_gdt_pointer
	mov	$PVH_DATA, %eax
	mov	%eax, %ss
	push	$PVH_CODE64
	push	$pvh_begin_vcpu
	lretq
	.size	pvh_vcpu_entry, . - pvh_vcpu_entry

	/* For the start; pvh_traps.c loads another GDT later. This one must
	 * have the same address with and without paging. */
	.section .text.pvh_gdt, "ax", @progbits
	.balign	8
pvh_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* flat code, 32 bits */
	.quad	PVH_CODE64_DESCRIPTOR
	.quad	PVH_DATA_DESCRIPTOR
pvh_gdt_end:
pvh_gdt_pointer:
	.word	pvh_gdt_end - pvh_gdt - 1
	.quad	pvh_gdt			/* 32-bit code reads the lower half */

	/* The page tables of PVH. PV has tables of its own, and uses some of
	 * these pages for other purposes (pv.c, pv.h). Only the CPU reads the
	 * last ones: they are not mapped. */
	.section .bss.shown_tables, "aw", @nobits
	.balign	4096
	.globl	pvh_high_directory, pvh_window_table
	.globl	pv_shared_info_page, pv_grant_pages
pv_shared_info_page:
pvh_high_directory:			/* 3 to 4 GiB */
	.skip	4096
pv_grant_pages:
pvh_window_table:			/* the last 2 MiB of the first GiB */
	.skip	4096 * X86_GRANT_FRAMES

	.section .hidden_tables, "aw", @nobits
	.balign	4096
	.globl	pv_text_table
pvh_root:
	.skip	4096
pvh_directory_pointers:
	.skip	4096
pvh_low_directory:			/* 0 to 1 GiB */
	.skip	4096
pv_text_table:
pvh_text_table:				/* the first 2 MiB */
	.skip	4096

	.section .note.GNU-stack, "", @progbits
