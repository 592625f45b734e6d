/* SPDX-License-Identifier: MIT */
/*
 * traps - faults and NMIs, after the entries in traps_entry.S and before the
 * kernel.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xen/vcpu.h>

#include "arch/arch.h"
#include "arch/x86/guest_ops.h"

/* --- NMI ------------------------------------------------------------------ */

bool x86_nmi_flag;

bool arch_take_nmi(void)
{
    return __atomic_load_n(&x86_nmi_flag, __ATOMIC_RELAXED) &&
           __atomic_exchange_n(&x86_nmi_flag, false, __ATOMIC_RELAXED);
}

void arch_pass_nmi(void)
{
    const int error = x86_vcpu_op(VCPUOP_send_nmi, 0, 0);

    (void)error; /* Xen lacks the call; a vCPU cannot report it */
}

/* --- faults --------------------------------------------------------------- */

void x86_trap(const unsigned long *stack)
{
    /* Vectors with an error code: Intel SDM vol. 3A table 6-1. */
    const unsigned long with_error = 1UL << 8 | 1UL << 10 | 1UL << 11 |
                                     1UL << 12 | 1UL << 13 | 1UL << 14 |
                                     1UL << 17;
    const unsigned long vector =
        (stack[0] - (unsigned long)x86_trap_entries) / TRAP_ENTRY_SIZE - 1;
    const bool has_error = (with_error >> vector & 1) != 0;
    const struct x86_trap_frame *frame =
        (const struct x86_trap_frame *)&stack[has_error ? 2 : 1];
    const char *name = "fault";
    unsigned long address = 0;

    if (vector == X86_PAGE_FAULT_VECTOR) {
        name = "page fault";
        address = x86_fault_address();
    }
    if ((unsigned long)x86_stack - 1 - address < PAGE_SIZE)
        name = "stack overflow";
    kernel_panic("%s (vector %lu, error 0x%lx) at rip 0x%lx, address 0x%lx, "
                 "rsp 0x%lx",
                 name, vector, has_error ? stack[1] : 0, frame->rip, address,
                 frame->rsp);
}
