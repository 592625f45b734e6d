/* SPDX-License-Identifier: MIT */
/*
 * tree - the device tree that the domain builder leaves.
 *
 * The form is that of the Devicetree Specification, chapter 5; the nodes are
 * those that libxl makes for a guest (Linux's
 * Documentation/devicetree/bindings/arm/xen.txt). The tree is trusted to be
 * true, but not to be well-formed: nothing is read outside of it.
 */
#ifndef ARCH_ARM64_TREE_H
#define ARCH_ARM64_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "lib/macros.h"

/* The most bytes of a tree: Documentation/arch/arm64/booting.rst of Linux. */
#define ARM64_TREE_MAX 0x200000

/* Xen has two banks of RAM for a guest: xen/arch-arm.h, GUEST_RAM_BANKS. */
#define ARM64_BANK_MAX 4

struct arm64_range {
    uint64_t start, size; /* bytes */
};

/* The facts that the kernel wants of a tree. */
struct arm64_tree {
    size_t size;              /* bytes of the tree */
    const char *command_line; /* NUL-terminated, in the tree; never null */
    struct arm64_range banks[ARM64_BANK_MAX]; /* RAM, in address order */
    unsigned int bank_count;                  /* 1 or more */
    struct arm64_range for_xen;   /* free addresses, to map pages of Xen at */
    uint64_t cpus[ARCH_VCPU_MAX]; /* MPIDR_EL1 of each vCPU */
    unsigned int cpu_count;       /* 1 or more; further vCPUs are left out */
    uint32_t clock_hz;            /* of the counter; 0 if the CPU knows it */
};

/*
 * Read a tree of which at most `room` bytes may be read. -XEN_EINVAL: it is no
 * tree, or broken, or lacks what no guest can do without: RAM, addresses for
 * Xen, a CPU.
 */
int arm64_tree_read(const void *bytes, size_t room,
                    struct arm64_tree *tree) MUST_CHECK;

#endif
