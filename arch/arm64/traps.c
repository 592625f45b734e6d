/* SPDX-License-Identifier: MIT */
/*
 * traps - faults, after the vectors in entry.S and before the kernel.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/sched.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"

_Static_assert(XEN_HVC == XEN_HYPERCALL_TAG &&
                   XEN_SCHED_OP == __HYPERVISOR_sched_op &&
                   XEN_SHUTDOWN == SCHEDOP_shutdown &&
                   XEN_SHUTDOWN_CRASH == SHUTDOWN_crash &&
                   sizeof(struct sched_shutdown) == sizeof(uint32_t),
               "entry.S has the right numbers");
_Static_assert(sizeof(struct arm64_vcpu_start) == 2 * sizeof(uint64_t),
               "entry.S reads two words");

/* The class of a fault: Arm ARM (DDI 0487) D19.2, ESR_EL1.EC. */
static const char *class_of(uint64_t syndrome)
{
    switch (syndrome >> 26 & 0x3f) {
    case 0x00:
        return "undefined instruction";
    case 0x21:
        return "instruction abort";
    case 0x22:
        return "PC alignment fault";
    case 0x25:
        return "data abort";
    case 0x26:
        return "SP alignment fault";
    case 0x2f:
        return "SError";
    case 0x3c:
        return "breakpoint";
    default:
        return "exception";
    }
}

void arm64_trap(uint64_t vector, uint64_t syndrome, uint64_t pc,
                uint64_t address, uint64_t sp)
{
    const char *name = class_of(syndrome);

    if (address - (uint64_t)arm64_stack_guard < PAGE_SIZE)
        name = "stack overflow";
    kernel_panic("%s (vector %lu, syndrome 0x%lx) at pc 0x%lx, address 0x%lx, "
                 "sp 0x%lx",
                 name, vector, syndrome, pc, address, sp);
}

/* Xen does not notice a fault that nobody handles: the CPU would fault for ever
 * at the vector. So the vector stops the domain. */
void arm64_unload_traps(void)
{
    __asm__ volatile("msr tpidr_el1, %0\n\t"
                     "isb"
                     :
                     : "r"((uint64_t)SILENT)
                     : "memory");
}
