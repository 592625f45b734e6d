/* SPDX-License-Identifier: MIT */
/*
 * evtchn - event channels without upcalls; see evtchn.h.
 */
#include "drivers/evtchn.h"

#include "lib/error.h"

#define WORD_BITS (8 * sizeof(xen_ulong_t))

static unsigned int waits;

static xen_ulong_t *word_of(xen_ulong_t *words, evtchn_port_t port)
{
    return &words[port / WORD_BITS];
}

static xen_ulong_t bit_of(evtchn_port_t port)
{
    return (xen_ulong_t)1 << port % WORD_BITS;
}

int evtchn_mask(evtchn_port_t port)
{
    struct shared_info *shared = arch_shared_info();

    if (port == 0 || port >= EVTCHN_2L_NR_CHANNELS)
        return -XEN_EINVAL;
    __atomic_fetch_or(word_of(shared->evtchn_mask, port), bit_of(port),
                      __ATOMIC_SEQ_CST);
    return 0;
}

int evtchn_open(domid_t domain, evtchn_port_t *port)
{
    struct evtchn_alloc_unbound open = {
        .dom = DOMID_SELF,
        .remote_dom = domain,
    };
    int error = arch_event_channel_op(EVTCHNOP_alloc_unbound, &open);

    *port = open.port;
    return error != 0 ? error : evtchn_mask(*port);
}

void evtchn_close(evtchn_port_t port)
{
    struct evtchn_close close = {.port = port};

    /*
     * Xen closes a port that this domain owns. Its old event concerns nobody.
     */
    if (arch_event_channel_op(EVTCHNOP_close, &close) == 0)
        (void)evtchn_clear(port);
}

evtchn_port_t evtchn_bind(unsigned int vcpu)
{
    struct evtchn_bind_ipi bind = {.vcpu = vcpu};

    return arch_event_channel_op(EVTCHNOP_bind_ipi, &bind) == 0 ? bind.port : 0;
}

evtchn_port_t evtchn_mark(void)
{
    return evtchn_bind(0);
}

bool evtchn_unmark(evtchn_port_t mark)
{
    struct evtchn_status status = {.dom = DOMID_SELF, .port = mark};
    struct evtchn_close close = {.port = mark};

    return arch_event_channel_op(EVTCHNOP_status, &status) == 0 &&
           status.status == EVTCHNSTAT_ipi &&
           arch_event_channel_op(EVTCHNOP_close, &close) == 0;
}

int evtchn_notify(evtchn_port_t port)
{
    struct evtchn_send send = {.port = port};

    return arch_event_channel_op(EVTCHNOP_send, &send);
}

static bool is_pending(evtchn_port_t port)
{
    const xen_ulong_t *words = arch_shared_info()->evtchn_pending;

    /* Callers also ask about ports that evtchn_mask() refused. */
    if (port >= EVTCHN_2L_NR_CHANNELS)
        return false;
    return (__atomic_load_n(&words[port / WORD_BITS], __ATOMIC_ACQUIRE) &
            bit_of(port)) != 0;
}

bool evtchn_clear(evtchn_port_t port)
{
    if (!is_pending(port))
        return false;
    __atomic_fetch_and(word_of(arch_shared_info()->evtchn_pending, port),
                       ~bit_of(port), __ATOMIC_SEQ_CST);
    return true;
}

int evtchn_wait(const evtchn_port_t *ports, unsigned int count,
                uint64_t deadline_ns)
{
    evtchn_port_t list[EVTCHN_WAIT_MAX];
    struct sched_poll poll = {.nr_ports = count, .timeout = 0};

    if (count > EVTCHN_WAIT_MAX)
        return -XEN_EINVAL;
    /* For Xen, a timeout of 0 means no timeout. */
    if (deadline_ns != TIME_NEVER)
        poll.timeout = MAX(deadline_ns, 1U);
    __atomic_fetch_add(&waits, 1, __ATOMIC_RELAXED);
    for (unsigned int i = 0; i < count; i++) {
        if (is_pending(ports[i]))
            return 0;
        list[i] = ports[i];
    }
    set_xen_guest_handle(poll.ports, list);
    return arch_sched_op(SCHEDOP_poll, &poll);
}

unsigned int evtchn_waits(void)
{
    return __atomic_load_n(&waits, __ATOMIC_RELAXED);
}
