/* SPDX-License-Identifier: MIT */
/*
 * pvh_traps - the tables that a CPU in a hardware container needs for faults.
 *
 * Each fault begins at the top of the one stack: no fault returns, and a fault
 * that a full stack causes needs room. An NMI returns, so it begins at the
 * current stack pointer.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"

/* Intel SDM vol. 3A 7.7: an interrupt gate may ask by number for one of the
 * stacks in here; the rest is not used. */
struct task_state {
    uint32_t reserved;
    uint64_t privilege_stacks[3];
    uint64_t reserved_2;
    uint64_t stacks[7]; /* the first has number 1 */
    uint64_t reserved_3;
    uint32_t io_map;
} __attribute__((packed));

/* Intel SDM vol. 3A 6.14.1. */
struct gate {
    uint16_t address_low, selector, flags, address_middle;
    uint32_t address_high, reserved;
};

/* The operand of lgdt and lidt. */
struct table {
    uint16_t limit;
    uint64_t address;
} __attribute__((packed));

static struct table table_of(const void *bytes, size_t size)
{
    return (struct table){
        .limit = (uint16_t)(size > 0 ? size - 1 : 0),
        .address = (uint64_t)bytes,
    };
}

static void load_gates(const struct gate *gates, size_t size)
{
    const struct table table = table_of(gates, size);

    /* "memory": the gates must be written, since the CPU reads them
     * from now on. */
    __asm__ volatile("lidt %0" : : "m"(table) : "memory");
}

/* A GDT that can be written: the CPU marks the task state in it as in use. The
 * one of entry_pvh.S is read-only. */
static void load_descriptors(void)
{
    static struct task_state state;
    static uint64_t gdt[PVH_TSS / sizeof(uint64_t) + 2];
    const uint64_t present_available_tss = 0x8900UL << 32;
    const uint64_t address = (uint64_t)&state;
    const struct table table = table_of(gdt, sizeof(gdt));

    state.stacks[0] = (uint64_t)x86_stack + STACK_SIZE;
    state.io_map = sizeof(state);
    gdt[PVH_CODE64 / sizeof(uint64_t)] = PVH_CODE64_DESCRIPTOR;
    gdt[PVH_DATA / sizeof(uint64_t)] = PVH_DATA_DESCRIPTOR;
    /* The image lies below 4 GiB: the upper half of the address is 0. */
    gdt[PVH_TSS / sizeof(uint64_t)] =
        (sizeof(state) - 1) | (address & 0xffffff) << 16 |
        present_available_tss | address >> 24 << 56;
    __asm__ volatile("lgdt %0\n\t"
                     "ltr %1"
                     :
                     : "m"(table), "r"((uint16_t)PVH_TSS)
                     : "memory");
}

static struct gate gates[TRAP_COUNT];

int pvh_load_traps(void)
{
    const uint16_t interrupt_gate = 0x8e00, stack_1 = 0x8e01;

    for (unsigned int i = 0; i < TRAP_COUNT; i++) {
        const bool nmi = i == X86_NMI_VECTOR;
        const uint64_t address =
            nmi ? (uint64_t)x86_nmi_pvh
                : (uint64_t)x86_trap_entries[i] + TRAP_PV_PROLOGUE;

        gates[i].address_low = (uint16_t)address;
        gates[i].address_middle = (uint16_t)(address >> 16);
        gates[i].selector = PVH_CODE64;
        gates[i].flags = nmi ? interrupt_gate : stack_1;
    }
    load_descriptors();
    load_gates(gates, sizeof(gates));
    return 0;
}

/* The gates are for an NMI alone: without a task state there is no stack
 * for a fault. */
void pvh_begin_vcpu(unsigned int vcpu)
{
    load_gates(gates, sizeof(gates));
    kernel_vcpu(vcpu);
}

void pvh_unload_traps(void)
{
    load_gates(0, 0);
}

unsigned long pvh_fault_address(void)
{
    unsigned long address;

    __asm__ volatile("mov %%cr2, %0" : "=r"(address));
    return address;
}
