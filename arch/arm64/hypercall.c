/* SPDX-License-Identifier: MIT */
/*
 * hypercall - the calls of Xen and of PSCI.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"

/* xen/arch-arm.h: the number is in x16, and Xen may change the registers of the
 * arguments. */
long arm64_hypercall(unsigned long number, unsigned long a, unsigned long b,
                     unsigned long c, unsigned long d, unsigned long e)
{
    register unsigned long x16 __asm__("x16") = number;
    register unsigned long x0 __asm__("x0") = a;
    register unsigned long x1 __asm__("x1") = b;
    register unsigned long x2 __asm__("x2") = c;
    register unsigned long x3 __asm__("x3") = d;
    register unsigned long x4 __asm__("x4") = e;

    __asm__ volatile("hvc %6"
                     : "+r"(x16), "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3),
                       "+r"(x4)
                     : "i"(XEN_HYPERCALL_TAG)
                     : "memory");
    return (long)x0;
}

/* Arm DEN 0028, SMC Calling Convention: a call may change x0 to x17. */
long arm64_psci(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
    register uint64_t x0 __asm__("x0") = function;
    register uint64_t x1 __asm__("x1") = a;
    register uint64_t x2 __asm__("x2") = b;
    register uint64_t x3 __asm__("x3") = c;

    __asm__ volatile("hvc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
                     :
                     : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
                       "x13", "x14", "x15", "x16", "x17", "memory");
    return (long)x0;
}

static int hypercall2(unsigned int number, int command, void *argument)
{
    return (int)arm64_hypercall(number, (unsigned int)command,
                                (unsigned long)argument, 0, 0, 0);
}

int arch_event_channel_op(int command, void *argument)
{
    return hypercall2(__HYPERVISOR_event_channel_op, command, argument);
}

int arch_sched_op(int command, void *argument)
{
    const struct sched_poll *poll = argument;
    int result;

    if (command != SCHEDOP_poll)
        return hypercall2(__HYPERVISOR_sched_op, command, argument);
    arm64_vcpu_waits(poll->nr_ports > 0 ? poll->ports.p[0] : 0);
    result = hypercall2(__HYPERVISOR_sched_op, command, argument);
    arm64_vcpu_goes_on();
    return result;
}

long arch_hypercall(unsigned long number,
                    const uint64_t args[ARCH_HYPERCALL_ARGS])
{
    return arm64_hypercall(number, args[0], args[1], args[2], args[3], args[4]);
}

int common_memory_op(int command, void *argument)
{
    return hypercall2(__HYPERVISOR_memory_op, command, argument);
}

int arm64_vcpu_op(int command, unsigned int vcpu, void *argument)
{
    return (int)arm64_hypercall(__HYPERVISOR_vcpu_op, (unsigned int)command,
                                vcpu, (unsigned long)argument, 0, 0);
}

int arm64_parameter(uint32_t index, uint64_t *value)
{
    struct xen_hvm_param parameter = {.domid = DOMID_SELF, .index = index};
    const int error =
        hypercall2(__HYPERVISOR_hvm_op, HVMOP_get_param, &parameter);

    *value = parameter.value;
    return error;
}
