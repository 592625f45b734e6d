/* SPDX-License-Identifier: MIT */
/*
 * x86 - declarations that the C and assembly files of this folder share.
 */
#ifndef ARCH_X86_X86_H
#define ARCH_X86_X86_H

/*
 * Text is linked where it is loaded (linker.ld). All else is linked
 * VIRTUAL_OFFSET above its load address, in the last large page of the first
 * GiB, so one page table entry can forbid the execution of all but text.
 * VIRTUAL_OFFSET is the base of the initial mapping for PV; docs/decisions/
 * says why it is 1 MiB less two pages below the GiB.
 *
 * PV_P2M is where a note asks the builder of PV to put the p2m: at the last
 * page that the first table shows. So the builder makes that table, and the
 * table can show the text, too.
 */
#define VIRTUAL_OFFSET 0x3ff02000
#define LOAD_ADDRESS   0x10000
#define PV_P2M         0x1ff000

/* The most pages that hold late text: early.ld. */
#define LATE_TEXT_MAX 16

#define STACK_SIZE 12288

/* The stack of every vCPU but vCPU 0, for kernel_vcpu() and an NMI, which uses
 * up to 88 bytes of it. */
#define VCPU_STACK_SIZE 256

#define X86_GRANT_FRAMES 1

/* DOMID_SELF, for both entry points. */
#define XEN_SELF 0x7ff0

/* Constants of xen/xen.h for entry_pv.S, since assembly cannot read that
 * header; pv.c checks them. */
#define PV_START_PT_BASE  88 /* offsets in struct start_info */
#define PV_START_MFN_LIST 104
#define PV_MACH2PHYS      0xffff800000000000
#define PV_MMU_UPDATE     1 /* hypercalls */
#define PV_IRET           23

/* The same for entry_pvh.S; pvh.c checks them. */
#define PVH_HVM_OP         34
#define PVH_GET_PARAM      1
#define PVH_PARAMETERS     4
#define PVH_PARAMETER_SIZE 16

/* The GDT of PVH. */
#define PVH_CODE64            0x10
#define PVH_DATA              0x18
#define PVH_TSS               0x20
#define PVH_CODE64_DESCRIPTOR 0x00af9b000000ffff
#define PVH_DATA_DESCRIPTOR   0x00cf93000000ffff

/* Page table entries, Intel SDM vol. 3A 4.5. */
#define PTE_PRESENT 0x01
#define PTE_WRITE   0x02
#define PTE_ACCESS  0x20
#define PTE_DIRTY   0x40
#define PTE_READ    (PTE_PRESENT | PTE_ACCESS | PTE_DIRTY)
#define PTE_LARGE   0x80
#define PTE_FRAME   0xffffffffff000 /* bits 12 to 51 */
#define PTE_NX      0x80000000      /* bit 63, in the upper half */

/* Whether bit 63 may be used: Intel SDM vol. 2A, CPUID. */
#define CPUID_EXTENDED_FEATURES 0x80000001
#define CPUID_EDX_NX            0x00100000
#define CPUID_EDX_REPEATED      0x00000001 /* the FPU, as in leaf 1 */

/* Vectors from 0 up that have a handler. Later faults belong to CPU features
 * that this kernel never switches on. On PV each handler costs time. */
#define TRAP_COUNT 20
/* Size of each entry point in bytes, and how many bytes later PVH enters it. */
#define TRAP_ENTRY_SIZE       8
#define TRAP_PV_PROLOGUE      3
#define X86_NMI_VECTOR        2
#define X86_PAGE_FAULT_VECTOR 14

#ifndef __ASSEMBLY__

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>

#include "arch/common.h"
#include "lib/macros.h"

/*
 * The physical address of a page of the image. Everything but text is linked at
 * VIRTUAL_OFFSET plus its physical address.
 */
static inline unsigned long x86_physical(const void *page)
{
    return (unsigned long)page - VIRTUAL_OFFSET;
}

/* --- memory protection ---------------------------------------------------- */

/*
 * Only text may be executed. Text and constants may not be written; data begins
 * with the stack. All bounds are page boundaries: linker.ld.
 */
extern const char x86_text_end[], x86_constants[], x86_data[], x86_image_end[];

/* The text from here on is late: early.ld. PV shows it when it is needed. */
extern const char x86_late_text[];

extern char x86_stack[STACK_SIZE];

/* Bit 63 of a page table entry that shows data: it forbids execution. 0 if the
 * CPU lacks the feature. */
extern uint64_t x86_no_execute;

/* An entry for data, without the frame. */
static inline uint64_t x86_data_flags(void)
{
    return PTE_PRESENT | PTE_WRITE | PTE_ACCESS | PTE_DIRTY | x86_no_execute;
}

/* The compiler does not know that the CPU reads page tables: keep later reads,
 * which may go through new entries, behind the writes of these entries. */
static inline void x86_tables_written(void)
{
    __asm__ volatile("" : : : "memory");
}

/* --- hypercall.S and hypercall.c ------------------------------------------ */

typedef long x86_hypercall_fn(unsigned long number, unsigned long a,
                              unsigned long b, unsigned long c, unsigned long d,
                              unsigned long e);

/* One for each instruction that enters Xen. */
x86_hypercall_fn x86_syscall, x86_vmcall, x86_vmmcall;

/* The one that this guest uses; enable_hypercalls sets it. */
extern x86_hypercall_fn *x86_hypercall;

/*
 * Where Xen shall look for an argument of a hypercall that it only reads. On
 * PVH this is the view (pvh.h): Xen walks the guest's page tables for each
 * access, and the view has one table less. On PV it is the argument itself.
 */
extern unsigned long x86_to_view; /* bytes from an argument to there */

static inline void *x86_for_xen(void *argument)
{
    return (char *)argument + x86_to_view;
}

/* The hypercall of xen/vcpu.h. */
int x86_vcpu_op(int command, unsigned int vcpu, void *argument) MUST_CHECK;

/* --- traps_entry.S and traps.c -------------------------------------------- */

/* The entry points, by vector. */
extern const char x86_trap_entries[TRAP_COUNT][TRAP_ENTRY_SIZE];

/* The CPU pushes these values at a fault; the first one is at the top of the
 * stack. Some vectors put an error code on top of them. */
struct x86_trap_frame {
    unsigned long rip, cs, rflags, rsp, ss;
};

/* The entry point of PV for a page fault: it may show the late text. */
extern const char x86_page_fault_pv[];

/* The entry points of an NMI for each type of guest, and the flag
 * that they set. */
extern const char x86_nmi_pv[], x86_nmi_pvh[];
extern bool x86_nmi_flag;

/* `stack` points to the return address of the entry's call. */
_Noreturn void x86_trap(const unsigned long *stack);

/* --- clock.c -------------------------------------------------------------- */

/* Xen's system time in ns, never less than before. For vCPU 0. */
uint64_t x86_system_time(const struct vcpu_time_info *time);

/* x86_system_time() may return less from now on: the domain may be on another
 * host. */
void x86_system_time_restart(void);

#endif
#endif
