/* SPDX-License-Identifier: MIT */
/*
 * hypercall - the hypercalls that the rest of the kernel may make.
 */
#include <stdint.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/x86/x86.h"

x86_hypercall_fn *x86_hypercall;

static int hypercall2(unsigned int number, int command, void *argument)
{
    return (int)x86_hypercall(number, (unsigned int)command,
                              (unsigned long)argument, 0, 0, 0);
}

int arch_event_channel_op(int command, void *argument)
{
    return hypercall2(__HYPERVISOR_event_channel_op, command, argument);
}

int arch_sched_op(int command, void *argument)
{
    return hypercall2(__HYPERVISOR_sched_op, command, argument);
}

int x86_memory_op(int command, void *argument)
{
    return hypercall2(__HYPERVISOR_memory_op, command, argument);
}

int x86_vcpu_op(int command, unsigned int vcpu, void *argument)
{
    return (int)x86_hypercall(__HYPERVISOR_vcpu_op, (unsigned int)command, vcpu,
                              (unsigned long)argument, 0, 0);
}

static uint64_t pages_by(int command)
{
    domid_t self = DOMID_SELF; /* older headers have no struct for it */
    int pages = x86_memory_op(command, &self);

    return pages > 0 ? (uint64_t)pages : 0;
}

uint64_t x86_pages_given(void)
{
    return pages_by(XENMEM_current_reservation);
}

uint64_t x86_pages_most(void)
{
    return pages_by(XENMEM_maximum_reservation);
}

xen_pfn_t x86_balloon_frames[ARCH_BALLOON_PAGES];

unsigned int x86_balloon(int command, xen_pfn_t *frames, unsigned int count)
{
    struct xen_memory_reservation reservation = {
        .nr_extents = count,
        .domid = DOMID_SELF,
    };
    int done;

    set_xen_guest_handle(reservation.extent_start, frames);
    done = x86_memory_op(command, &reservation);
    return done > 0 ? (unsigned int)done : 0;
}
