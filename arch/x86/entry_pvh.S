/* SPDX-License-Identifier: MIT */
/*
 * entry_pvh - the door of PVH guests.
 *
 * Xen enters here (docs/misc/pvh.pandoc in Xen's sources) with
 *   ebx  physical address of struct hvm_start_info
 * in 32-bit protected mode, flat segments, paging and interrupts off, no stack.
 *
 *   1. page tables: an identity map of the first 16 MiB, in which the megabyte
 *      at VIRTUAL_OFFSET shows the first megabyte, where the image lies;
 *      pvh.c adds what it needs above
 *   2. long mode: each access to a control register costs 6 to 10 us in Xen, so
 *      each is written once and none is read
 *   3. on to the virtual address the image is linked at, and to C
 */
#include "arch/x86/x86.h"

#define PHYSICAL(symbol) ((symbol) - VIRTUAL_OFFSET)

#define PTE       (PTE_PRESENT | PTE_WRITE | PTE_ACCESS | PTE_DIRTY)
#define IDENTITY_LARGE_PAGES 8
#define LARGE_SHIFT 21

#define CR0_PE  0x00000001
#define CR0_ET  0x00000010
#define CR0_NE  0x00000020
#define CR0_WP  0x00010000
#define CR0_PG  0x80000000
#define CR4_PAE 0x00000020
#define MSR_EFER 0xc0000080
#define EFER_LME 0x00000100

	.section .text.pvh_entry, "ax", @progbits
	.code32
	.globl	pvh_entry
	.type	pvh_entry, @function
pvh_entry:
	cld
	lgdtl	PHYSICAL(pvh_gdt_pointer)

	/* 1. Page tables; the loader has cleared them. */
	movl	$PHYSICAL(x86_directory_pointers) + PTE, PHYSICAL(x86_root)
	movl	$PHYSICAL(pvh_low_directory) + PTE, \
		PHYSICAL(x86_directory_pointers)
	movl	$PHYSICAL(pvh_high_directory) + PTE, \
		PHYSICAL(x86_directory_pointers) + 3 * 8

	mov	$PTE + PTE_LARGE, %eax
	xor	%ecx, %ecx
1:	mov	%eax, PHYSICAL(pvh_low_directory)(, %ecx, 8)
	add	$1 << LARGE_SHIFT, %eax
	inc	%ecx
	cmp	$IDENTITY_LARGE_PAGES, %ecx
	jne	1b

	/* The large page around VIRTUAL_OFFSET in small ones: 2 to 3 MiB as it
	 * is, then 0 to 1 MiB in the place of 3 to 4. pvh.c shows spare pages in
	 * the last quarter, where the image does not reach. */
	movl	$PHYSICAL(pvh_window_table) + PTE, \
		PHYSICAL(pvh_low_directory) + (VIRTUAL_OFFSET >> LARGE_SHIFT) * 8
	mov	$(VIRTUAL_OFFSET & -(1 << LARGE_SHIFT)) + PTE, %eax
	mov	$PTE, %edx
	xor	%ecx, %ecx
1:	mov	%eax, PHYSICAL(pvh_window_table)(, %ecx, 8)
	mov	%edx, PHYSICAL(pvh_window_table) + 256 * 8(, %ecx, 8)
	add	$0x1000, %eax
	add	$0x1000, %edx
	inc	%ecx
	cmp	$256, %ecx
	jne	1b

	/* 2. Long mode. */
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	$PHYSICAL(x86_root), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	$EFER_LME, %eax
	xor	%edx, %edx
	wrmsr
	mov	$CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_PE, %eax
	mov	%eax, %cr0
	ljmp	$PVH_CODE64, $PHYSICAL(1f)

	/* 3. On to the virtual address, and to C. */
	.code64
1:	mov	$PVH_DATA, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	mov	$x86_stack + STACK_SIZE, %esp
	xor	%ebp, %ebp
	mov	$pvh_ops, %edi
	mov	%ebx, %esi
	mov	$x86_start, %eax
	push	%rbp			/* no return address: the stack ends here */
	jmp	*%rax			/* (pvh_ops, hvm_start_info) */
	.size	pvh_entry, . - pvh_entry

	.section .rodata.pvh_gdt, "a", @progbits
	.balign	8
pvh_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* PVH_CODE32 */
	.quad	0x00af9b000000ffff	/* PVH_CODE64 */
	.quad	0x00cf93000000ffff	/* PVH_DATA */
pvh_gdt_end:
pvh_gdt_pointer:
	.word	pvh_gdt_end - pvh_gdt - 1
	.long	PHYSICAL(pvh_gdt)

	.section .bss.page_tables, "aw", @nobits
	.balign	4096
	.globl	x86_root, pvh_high_directory, pvh_window_table
x86_root:
	.skip	4096
x86_directory_pointers:
	.skip	4096
pvh_low_directory:			/* 0 to 1 GiB */
	.skip	4096
pvh_high_directory:			/* 3 to 4 GiB */
	.skip	4096
pvh_window_table:			/* 2 to 4 MiB */
	.skip	4096

	.section .note.GNU-stack, "", @progbits
