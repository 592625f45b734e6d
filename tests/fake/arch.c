/* SPDX-License-Identifier: MIT */
/*
 * fake/arch - the host as an architecture; see fake/arch.h.
 */
#include "tests/fake/arch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/error.h"

#define STEP_MAX 1000000 /* in one wait; nothing honest takes so many */

#define WORD_BITS (8 * sizeof(xen_ulong_t))

struct fake_arch fake_arch;

static struct shared_info shared;
static uint32_t random_state; /* 0: orderly */
static jmp_buf stopped;
static bool running; /* arch_stop() has somewhere to go */

static struct peer {
    bool (*step)(void); /* null: nobody is there */
    bool awake;
} peers[FAKE_PORT_MAX];

void fake_arch_start(void)
{
    memset(&fake_arch, 0, sizeof(fake_arch));
    memset(&shared, 0, sizeof(shared));
    memset(shared.evtchn_mask, 0xff, sizeof(shared.evtchn_mask));
    memset(peers, 0, sizeof(peers));
    random_state = 0;
    running = false;
}

/* --- peers ---------------------------------------------------------------- */

void fake_shuffle(unsigned int seed)
{
    /* Spread, so that neighbours differ; an odd factor maps only 0 to 0. */
    random_state = seed * 2654435761U;
}

unsigned int fake_random(unsigned int below)
{
    if (random_state == 0)
        return below - 1;
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % below;
}

void fake_connect(evtchn_port_t port, bool (*step)(void))
{
    peers[port] = (struct peer){.step = step};
}

void fake_wake(evtchn_port_t port)
{
    peers[port].awake = true;
}

bool fake_step(void)
{
    bool some = false;

    for (unsigned int i = 0; i < FAKE_PORT_MAX; i++) {
        if (!peers[i].awake)
            continue;
        peers[i].awake = peers[i].step();
        some = some || peers[i].awake;
    }
    return some;
}

static void others_work(void)
{
    /* Mostly nothing, so that now and then a peer is far behind. */
    if (random_state == 0 || fake_random(3) != 0)
        return;
    for (unsigned int steps = 1 + fake_random(4); steps > 0; steps--)
        (void)fake_step();
}

/* --- event channels ------------------------------------------------------- */

static bool is_pending(evtchn_port_t port)
{
    return shared.evtchn_pending[port / WORD_BITS] >> port % WORD_BITS & 1;
}

/* As Xen does it for the two-level ABI, on the boot CPU. */
void fake_raise(evtchn_port_t port)
{
    xen_ulong_t bit = (xen_ulong_t)1 << port % WORD_BITS;

    shared.evtchn_pending[port / WORD_BITS] |= bit;
    if (!(shared.evtchn_mask[port / WORD_BITS] & bit))
        shared.vcpu_info[0].evtchn_upcall_pending = 1;
}

static int send(evtchn_port_t port)
{
    if (fake_arch.send_error != 0)
        return fake_arch.send_error;
    if (port >= FAKE_PORT_MAX || !peers[port].step)
        return -XEN_EINVAL;
    fake_arch.notify_count[port]++;
    peers[port].awake = true;
    return 0;
}

static bool any_pending(const struct sched_poll *poll)
{
    for (unsigned int i = 0; i < poll->nr_ports; i++) {
        if (is_pending(poll->ports.p[i]))
            return true;
    }
    return false;
}

/* Nothing will ever happen: time passes, or the test does something. */
static bool stuck(const struct sched_poll *poll)
{
    void (*act)(void) = fake_arch.when_stuck;

    if (poll->timeout != 0) {
        fake_arch.time_ns = poll->timeout > fake_arch.time_ns
                                ? poll->timeout
                                : fake_arch.time_ns;
        return true;
    }
    if (!act)
        fail_msg("the guest waits for ever");
    fake_arch.when_stuck = NULL;
    act();
    return false;
}

static int wait(const struct sched_poll *poll)
{
    fake_arch.wait_count++;
    fake_arch.deadline_ns = poll->timeout;
    for (unsigned int i = 0; i < poll->nr_ports; i++) {
        if (poll->ports.p[i] >= EVTCHN_2L_NR_CHANNELS)
            return -XEN_EINVAL;
    }
    if (fake_arch.wait_error != 0)
        return fake_arch.wait_error;
    for (unsigned int step = 0; step < STEP_MAX; step++) {
        if (random_state != 0 && any_pending(poll))
            return 0;
        if (fake_step())
            continue;
        if (any_pending(poll) || stuck(poll))
            return 0;
    }
    fail_msg("the peers never come to rest");
    return -XEN_EIO;
}

/* --- arch/arch.h ---------------------------------------------------------- */

struct shared_info *arch_shared_info(void)
{
    others_work();
    return &shared;
}

uint64_t arch_time_ns(void)
{
    return fake_arch.time_ns;
}

xen_pfn_t arch_page_frame(const void *page)
{
    return (uintptr_t)page >> PAGE_SHIFT;
}

int arch_map_grant_table(struct grant_entry_v1 **table, unsigned int *count)
{
    fake_arch.map_count++;
    *table = fake_arch.map_error == 0 ? fake_arch.grants : NULL;
    *count = fake_arch.map_error == 0 ? FAKE_GRANT_COUNT : 0;
    return fake_arch.map_error;
}

int arch_event_channel_op(int command, void *argument)
{
    const struct evtchn_send *order = argument;
    int error;

    if (command != EVTCHNOP_send)
        return -XEN_ENOSYS;
    error = send(order->port);
    others_work();
    return error;
}

int arch_sched_op(int command, void *argument)
{
    return command == SCHEDOP_poll ? wait(argument) : -XEN_ENOSYS;
}

void arch_stop(unsigned int reason)
{
    if (!running)
        fail_msg("the guest stopped, reason %u", reason);
    running = false;
    longjmp(stopped, (int)reason + 1);
}

unsigned int fake_run(void (*guest)(void))
{
    int reason = setjmp(stopped);

    if (reason == 0) {
        running = true;
        guest();
        fail_msg("the guest returned");
    }
    return (unsigned int)reason - 1;
}
