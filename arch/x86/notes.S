/* SPDX-License-Identifier: MIT */
/*
 * notes - what the domain builder reads before it loads the image.
 *
 * xen/elfnote.h explains each note. PV uses all but PHYS32_ENTRY. PVH uses
 * PHYS32_ENTRY alone, and loads the image at its physical addresses. There is
 * no hypercall page: each guest type knows the instruction that enters Xen.
 */
#include <xen/elfnote.h>

#include "arch/x86/x86.h"

	.macro	NOTE type:req, value:vararg
	.pushsection .note.Xen, "a", @note
	.balign	4
	.long	4			/* name size */
	.long	2f - 1f			/* value size */
	.long	\type
	.asciz	"Xen"
1:	\value
2:	.balign	4
	.popsection
	.endm

	NOTE	XEN_ELFNOTE_GUEST_OS, .asciz "xen-test-vm"
	NOTE	XEN_ELFNOTE_GUEST_VERSION, .asciz XEN_TEST_VM_VERSION
	NOTE	XEN_ELFNOTE_XEN_VERSION, .asciz "xen-3.0"
	NOTE	XEN_ELFNOTE_LOADER, .asciz "generic"
	NOTE	XEN_ELFNOTE_PAE_MODE, .asciz "yes"
	NOTE	XEN_ELFNOTE_VIRT_BASE, .quad VIRTUAL_OFFSET
	NOTE	XEN_ELFNOTE_PADDR_OFFSET, .quad 0
	NOTE	XEN_ELFNOTE_INIT_P2M, .quad PV_P2M
	NOTE	XEN_ELFNOTE_ENTRY, .quad pv_entry + VIRTUAL_OFFSET
	NOTE	XEN_ELFNOTE_SUSPEND_CANCEL, .long 1
	NOTE	XEN_ELFNOTE_PHYS32_ENTRY, .long pvh_entry
