/* SPDX-License-Identifier: MIT */
/*
 * arm64 - declarations that the C and assembly files of this folder share.
 */
#ifndef ARCH_ARM64_ARM64_H
#define ARCH_ARM64_ARM64_H

/*
 * Xen's domain builder loads the image at the lowest address of RAM
 * (xen/arch-arm.h, GUEST_RAM0_BASE), and the image is linked there. Memory is
 * mapped at its physical address.
 */
#define LOAD_ADDRESS 0x40000000

#define STACK_SIZE 12288

/* The stack of every vCPU but vCPU 0, for kernel_vcpu(). A fault uses none. */
#define VCPU_STACK_SIZE 1024

/* Page table entries: Arm ARM (DDI 0487) D8.3. One level more shows less: a
 * level 3 entry a page, a level 2 entry 2 MiB, a level 1 entry 1 GiB. The first
 * of the memory attributes is normal memory, write-back. */
#define PTE_TABLE     0x3 /* levels 1 and 2: another table follows */
#define PTE_BLOCK     0x1 /* levels 1 and 2: memory */
#define PTE_PAGE      0x3 /* level 3: memory */
#define PTE_READ_ONLY 0x80
#define PTE_INNER     0x300 /* inner shareable, as xen/arch-arm.h demands */
#define PTE_ACCESS    0x400
#define PTE_NO_EXEC   0x60000000000000 /* at no privilege level */
#define PTE_FRAME     0xfffffffff000

#define PTE_TEXT     (PTE_INNER | PTE_ACCESS | PTE_READ_ONLY)
#define PTE_CONSTANT (PTE_TEXT | PTE_NO_EXEC)
#define PTE_DATA     (PTE_INNER | PTE_ACCESS | PTE_NO_EXEC)

/* How many bits of an address its index in a table begins at, and the number of
 * entries of a table. */
#define LEVEL1_SHIFT  30
#define LEVEL2_SHIFT  21
#define TABLE_ENTRIES 512

/* The tables show 39 bits of addresses: 512 GiB. */
#define ADDRESS_BITS 39

/* For entry.S, since assembly cannot read Xen's headers; traps.c checks them.
 */
#define XEN_HVC            0xea1 /* XEN_HYPERCALL_TAG */
#define XEN_SCHED_OP       29
#define XEN_SHUTDOWN       2 /* SCHEDOP_shutdown */
#define XEN_SHUTDOWN_CRASH 3

/* The number of a vCPU, in TPIDR_EL1, whose faults crash the domain without a
 * line. So do those of all vCPUs but vCPU 0. */
#define SILENT 0xffff

#ifndef __ASSEMBLY__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include "arch/arch.h"
#include "arch/arm64/tree.h"
#include "arch/common.h"
#include "lib/macros.h"

/* linker.ld; all are page boundaries but the first. */
extern const char arm64_image[], arm64_text_end[], arm64_stack_guard[];
extern const char arm64_image_end[];
extern char arm64_stack[STACK_SIZE];

/* --- hypercall.c ---------------------------------------------------------- */

long arm64_hypercall(unsigned long number, unsigned long a, unsigned long b,
                     unsigned long c, unsigned long d, unsigned long e);

/* The hypercall of xen/vcpu.h. */
int arm64_vcpu_op(int command, unsigned int vcpu, void *argument) MUST_CHECK;

/* An HVM parameter of xen/hvm/params.h. */
int arm64_parameter(uint32_t index, uint64_t *value) MUST_CHECK;

/* A call of PSCI (Arm DEN 0022), by the function's number. */
long arm64_psci(uint32_t function, uint64_t a, uint64_t b, uint64_t c);

/* --- memory.c ------------------------------------------------------------- */

/* Map the 2 MiB or the GiB around this address, to be read and written; once it
 * is mapped, nothing happens. -XEN_EINVAL: the tables show no such address. */
int arm64_map(uint64_t address) MUST_CHECK;

/* Map all RAM. The rest, without the image and the tree, is spare. */
int arm64_use_ram(const struct arm64_tree *tree,
                  uint64_t tree_address) MUST_CHECK;

/* --- clock.c -------------------------------------------------------------- */

/* `hz` is the frequency that the device tree tells; 0 if the CPU tells it. */
int arm64_clock_start(uint32_t hz) MUST_CHECK;

/* The domain may be another one, on another host. */
int arm64_clock_resume(void) MUST_CHECK;

/* Nanoseconds by the CPU's counter, which starts with the domain. */
uint64_t arm64_counter_ns(void);

/* --- vcpus.c -------------------------------------------------------------- */

/* Learn the name of each vCPU (MPIDR_EL1) from the tree. */
void arm64_vcpus_start(const struct arm64_tree *tree);

/* This vCPU is about to wait on this port, 0 if on none; and: it has waited. If
 * vCPU 0 has ordered it to stop, it stops here. */
void arm64_vcpu_waits(evtchn_port_t port);
void arm64_vcpu_goes_on(void);

/* --- entry.S and traps.c -------------------------------------------------- */

/* Where PSCI starts another vCPU. Its context is an arm64_vcpu_start. */
extern const char arm64_vcpu_entry[];

/* The facts that another vCPU needs before it can use memory. */
struct arm64_vcpu_start {
    char *stack_top;
    uint64_t vcpu;
};

/* Faults from now on crash the domain at once, without a line. */
void arm64_unload_traps(void);

/* entry.S calls these. */
_Noreturn void arm64_start(uint64_t tree_address);
_Noreturn void arm64_trap(uint64_t vector, uint64_t syndrome, uint64_t pc,
                          uint64_t address, uint64_t sp);

#endif
#endif
