/* SPDX-License-Identifier: MIT */
/*
 * vcpus - the other vCPUs, by PSCI (Arm DEN 0022).
 *
 * A vCPU can switch itself off, and nobody else can. So vCPU 0 raises a flag,
 * wakes the vCPU by an event on the port that it waits on, and asks Xen until
 * it is off. The vCPU looks at the flag before and after each wait.
 */
#include <stdint.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"
#include "lib/error.h"

/* With 64-bit arguments: DEN 0022 5.1. */
#define PSCI_CPU_OFF       0x84000002
#define PSCI_CPU_ON        0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004

#define PSCI_ALREADY_ON (-4)
#define AFFINITY_OFF    1

static struct arm64_vcpu_start starts[ARCH_VCPU_MAX];
static char stacks[ARCH_VCPU_MAX][VCPU_STACK_SIZE] __attribute__((aligned(16)));
static uint64_t mpidrs[ARCH_VCPU_MAX];
static unsigned int count;

/* Words between vCPU 0 and another vCPU. */
static struct {
    bool must_stop;
    evtchn_port_t port; /* that it waits on; 0: none so far */
} shared[ARCH_VCPU_MAX];

void arm64_vcpus_start(const struct arm64_tree *tree)
{
    count = tree->cpu_count;
    for (unsigned int i = 0; i < count; i++)
        mpidrs[i] = tree->cpus[i];
}

static unsigned int this_vcpu(void)
{
    uint64_t vcpu;

    __asm__("mrs %0, tpidr_el1" : "=r"(vcpu));
    return (unsigned int)vcpu;
}

bool arch_has_vcpu(unsigned int vcpu)
{
    return vcpu < count;
}

int arch_vcpu_up(unsigned int vcpu)
{
    long error;

    if (!arch_has_vcpu(vcpu))
        return -XEN_ENOENT;
    shared[vcpu].port = 0;
    __atomic_store_n(&shared[vcpu].must_stop, false, __ATOMIC_SEQ_CST);
    starts[vcpu] = (struct arm64_vcpu_start){
        .stack_top = stacks[vcpu] + VCPU_STACK_SIZE,
        .vcpu = vcpu,
    };
    /* The vCPU reads its start after its MMU is on. */
    __asm__ volatile("dsb ishst" : : : "memory");
    error = arm64_psci(PSCI_CPU_ON, mpidrs[vcpu], (uint64_t)arm64_vcpu_entry,
                       (uint64_t)&starts[vcpu]);
    return error == 0 || error == PSCI_ALREADY_ON ? 0 : -XEN_EINVAL;
}

/* Returns only if Xen refuses. */
static void stop_this(void)
{
    (void)arm64_psci(PSCI_CPU_OFF, 0, 0, 0);
}

static void stop_if_told(unsigned int vcpu)
{
    if (vcpu != 0 && __atomic_load_n(&shared[vcpu].must_stop, __ATOMIC_SEQ_CST))
        stop_this();
}

/*
 * The order is that of docs/ordering.md: this vCPU shows its port and then
 * reads the flag; vCPU 0 raises the flag and then reads the port. At least one
 * of them sees what the other has written.
 */
void arm64_vcpu_waits(evtchn_port_t port)
{
    const unsigned int vcpu = this_vcpu();

    if (vcpu == 0)
        return;
    __atomic_store_n(&shared[vcpu].port, port, __ATOMIC_SEQ_CST);
    stop_if_told(vcpu);
}

void arm64_vcpu_goes_on(void)
{
    stop_if_told(this_vcpu());
}

void arch_pause(void)
{
    __asm__ volatile("yield");
    stop_if_told(this_vcpu());
}

static bool is_off(unsigned int vcpu)
{
    return arm64_psci(PSCI_AFFINITY_INFO, mpidrs[vcpu], 0, 0) == AFFINITY_OFF;
}

static void order_to_stop(unsigned int vcpu)
{
    struct evtchn_send wake;
    int error = 0;

    __atomic_store_n(&shared[vcpu].must_stop, true, __ATOMIC_SEQ_CST);
    wake.port = __atomic_load_n(&shared[vcpu].port, __ATOMIC_SEQ_CST);
    if (wake.port != 0)
        error = arch_event_channel_op(EVTCHNOP_send, &wake);
    (void)error; /* its wait on a port that is not there ends, too */
}

/* The vCPU is at most a few instructions away from a look at its flag, once it
 * runs. Let it run meanwhile, on a host with one CPU, too. */
int arch_vcpu_down(unsigned int vcpu)
{
    if (!arch_has_vcpu(vcpu))
        return -XEN_ENOENT;
    if (vcpu == this_vcpu()) {
        stop_this();
        return -XEN_EINVAL;
    }
    if (is_off(vcpu))
        return 0;
    order_to_stop(vcpu);
    while (!is_off(vcpu)) {
        if (arch_sched_op(SCHEDOP_yield, 0) != 0)
            return -XEN_EINVAL;
    }
    return 0;
}

/* A guest on Arm receives no NMI. */
bool arch_take_nmi(void)
{
    return false;
}

void arch_pass_nmi(void)
{
}
