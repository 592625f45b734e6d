/* SPDX-License-Identifier: MIT */
/*
 * hypercall - the hypercalls that the rest of the kernel may make.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>

#include "arch/arch.h"
#include "arch/x86/x86.h"

x86_hypercall_fn *x86_hypercall;
unsigned long x86_to_view;

static int hypercall2(unsigned int number, int command, void *argument)
{
    return (int)x86_hypercall(number, (unsigned int)command,
                              (unsigned long)argument, 0, 0, 0);
}

int arch_event_channel_op(int command, void *argument)
{
    if (command == EVTCHNOP_send) /* Xen writes an answer for most others */
        argument = x86_for_xen(argument);
    return hypercall2(__HYPERVISOR_event_channel_op, command, argument);
}

/* Xen writes no answer for any of them. */
int arch_sched_op(int command, void *argument)
{
    if (command == SCHEDOP_poll) {
        struct sched_poll *poll = argument;

        poll->ports.p = x86_for_xen(poll->ports.p);
    }
    return hypercall2(__HYPERVISOR_sched_op, command, x86_for_xen(argument));
}

long arch_hypercall(unsigned long number,
                    const uint64_t args[ARCH_HYPERCALL_ARGS])
{
    return x86_hypercall(number, args[0], args[1], args[2], args[3], args[4]);
}

int common_memory_op(int command, void *argument)
{
    return hypercall2(__HYPERVISOR_memory_op, command, argument);
}

int x86_vcpu_op(int command, unsigned int vcpu, void *argument)
{
    return (int)x86_hypercall(__HYPERVISOR_vcpu_op, (unsigned int)command, vcpu,
                              (unsigned long)argument, 0, 0);
}
