/* SPDX-License-Identifier: MIT */
/*
 * fake/arch - the host as an architecture; see fake/arch.h.
 */
#include "tests/fake/arch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/error.h"

#define STEP_MAX 1000000 /* in one wait; no correct test needs more */

#define WORD_BITS (8 * sizeof(xen_ulong_t))

struct fake_arch fake_arch;

static struct shared_info shared;
static uint32_t random_state; /* 0: orderly */
static jmp_buf stopped;
static bool running; /* a call of arch_stop() is allowed */

static struct peer {
    bool (*step)(void); /* null: there is no peer */
    bool awake;
} peers[FAKE_PORT_MAX];

static bool dead[FAKE_PORT_MAX];          /* ports of the old domain */
static bool ipi[FAKE_PORT_MAX];           /* ports from the guest to itself */
static bool own[FAKE_PORT_MAX];           /* ports that the guest has opened */
static domid_t opened_for[FAKE_PORT_MAX]; /* who may connect to them */

#define PAGE_WORDS (PAGE_SIZE / sizeof(uint64_t))

/* Copies of the spare pages in the window, written back when it closes. */
static struct {
    uint64_t words[ARCH_WINDOW_PAGES * PAGE_WORDS];
    uint64_t first;
    unsigned int count;
} window;

static void reset_shared_info(void)
{
    memset(&shared, 0, sizeof(shared));
    memset(shared.evtchn_mask, 0xff, sizeof(shared.evtchn_mask));
}

void fake_arch_start(void)
{
    memset(&fake_arch, 0, sizeof(fake_arch));
    reset_shared_info();
    memset(peers, 0, sizeof(peers));
    memset(dead, 0, sizeof(dead));
    memset(ipi, 0, sizeof(ipi));
    memset(own, 0, sizeof(own));
    random_state = 0;
    running = false;
    window.count = 0;
}

void fake_arch_renew(void)
{
    reset_shared_info();
    memset(fake_arch.grants, 0, sizeof(fake_arch.grants));
    for (unsigned int i = 0; i < FAKE_PORT_MAX; i++)
        dead[i] = peers[i].step != NULL;
    memset(peers, 0, sizeof(peers));
    memset(ipi, 0, sizeof(ipi));
    memset(own, 0, sizeof(own));
}

static void trace(const char *what)
{
    size_t used = strlen(fake_arch.trace);

    if (used + 1 >= FAKE_TRACE_MAX)
        return;
    snprintf(fake_arch.trace + used, FAKE_TRACE_MAX - used, " %s", what);
}

static void check_alive(evtchn_port_t port)
{
    if (port < FAKE_PORT_MAX && dead[port])
        fail_msg("the guest uses port %u of its old domain", port);
}

/* --- peers ---------------------------------------------------------------- */

void fake_shuffle(unsigned int seed)
{
    /* Spread the seeds, so that neighbours differ; an odd factor maps
     * only 0 to 0. */
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
    dead[port] = false;
}

void fake_wake(evtchn_port_t port)
{
    peers[port].awake = true;
}

bool fake_is_awake(evtchn_port_t port)
{
    return peers[port].awake;
}

bool fake_step(void)
{
    bool some = false;

    for (unsigned int i = 0; i < FAKE_PORT_MAX; i++) {
        if (!peers[i].awake || !peers[i].step)
            continue;
        peers[i].awake = peers[i].step();
        some = some || peers[i].awake;
    }
    return some;
}

static void others_work(void)
{
    if (fake_arch.when_away)
        fake_arch.when_away();
    /* Mostly do nothing, so that a peer is far behind now and then. */
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
    char what[32];

    snprintf(what, sizeof(what), "send %u", port);
    trace(what);
    check_alive(port);
    if (fake_arch.send_error != 0)
        return fake_arch.send_error;
    if (port >= FAKE_PORT_MAX || (!peers[port].step && !ipi[port]))
        return -XEN_EINVAL;
    fake_arch.notify_count[port]++;
    peers[port].awake = peers[port].step != NULL;
    return 0;
}

/* A peer that sends events and needs none. */
static bool say_nothing(void)
{
    return false;
}

/* As Xen does: the first free port. */
static evtchn_port_t free_port(void)
{
    evtchn_port_t port = 1;

    while (port < FAKE_PORT_MAX &&
           (peers[port].step || dead[port] || ipi[port]))
        port++;
    return port;
}

static int open_port(struct evtchn_alloc_unbound *order)
{
    evtchn_port_t port;

    trace("open");
    if (fake_arch.open_error != 0)
        return fake_arch.open_error;
    if (order->dom != DOMID_SELF)
        return -XEN_EPERM;
    port = free_port();
    if (port == FAKE_PORT_MAX)
        return -XEN_ENOSPC;
    fake_connect(port, say_nothing);
    order->port = fake_arch.opened = port;
    own[port] = true;
    opened_for[port] = fake_arch.opened_for = order->remote_dom;
    fake_arch.open_count++;
    return 0;
}

static int bind_ipi(struct evtchn_bind_ipi *order)
{
    if (fake_arch.open_error != 0)
        return fake_arch.open_error;
    assert_true(order->vcpu == 0 || order->vcpu < fake_arch.vcpu_count);
    order->port = free_port();
    if (order->port == FAKE_PORT_MAX)
        return -XEN_ENOSPC;
    ipi[order->port] = true;
    return 0;
}

static int tell_status(struct evtchn_status *order)
{
    if (order->dom != DOMID_SELF)
        return -XEN_EPERM;
    if (order->port >= FAKE_PORT_MAX)
        return -XEN_EINVAL;
    order->u.unbound.dom = opened_for[order->port];
    order->status = ipi[order->port]          ? EVTCHNSTAT_ipi
                    : own[order->port]        ? EVTCHNSTAT_unbound
                    : peers[order->port].step ? EVTCHNSTAT_interdomain
                                              : EVTCHNSTAT_closed;
    return 0;
}

static int close_port(const struct evtchn_close *order)
{
    const evtchn_port_t port = order->port;

    if (port >= FAKE_PORT_MAX || (!ipi[port] && !own[port]))
        fail_msg("the guest closes port %u", port);
    if (own[port]) {
        peers[port] = (struct peer){.step = NULL};
        fake_arch.close_count++;
    }
    ipi[port] = own[port] = false;
    return 0;
}

bool fake_is_own_port(evtchn_port_t port)
{
    return port < FAKE_PORT_MAX && own[port];
}

unsigned int fake_own_port_count(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < FAKE_PORT_MAX; i++)
        count += own[i];
    return count;
}

unsigned int fake_ipi_count(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < FAKE_PORT_MAX; i++)
        count += ipi[i];
    return count;
}

static bool any_pending(const struct sched_poll *poll)
{
    for (unsigned int i = 0; i < poll->nr_ports; i++) {
        if (is_pending(poll->ports.p[i]))
            return true;
    }
    return false;
}

static void pass_until(uint64_t time_ns)
{
    if (time_ns > fake_arch.time_ns)
        fake_arch.time_ns = time_ns;
}

/* All peers sleep: let time pass, or let the test do something. */
static bool stuck(const struct sched_poll *poll)
{
    void (*act)(void) = fake_arch.when_stuck;

    if (poll->timeout != 0 && (!act || poll->timeout <= fake_arch.act_ns)) {
        pass_until(poll->timeout + fake_arch.late_ns);
        fake_arch.late_ns = 0;
        return true;
    }
    if (!act)
        fail_msg("the guest waits forever");
    pass_until(fake_arch.act_ns);
    fake_arch.when_stuck = NULL;
    act();
    return false;
}

static int wait(const struct sched_poll *poll)
{
    const bool nmi = fake_arch.nmi; /* an NMI from before ends no wait */

    trace("wait");
    fake_arch.wait_count++;
    fake_arch.deadline_ns = poll->timeout;
    for (unsigned int i = 0; i < poll->nr_ports; i++) {
        check_alive(poll->ports.p[i]);
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
        /* The guest waits for nothing but a time: nobody has to act. */
        if (poll->nr_ports == 0 && poll->timeout != 0) {
            pass_until(poll->timeout);
            return 0;
        }
        if (any_pending(poll) || stuck(poll) || (fake_arch.nmi && !nmi))
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
    others_work();
    fake_arch.time_ns += fake_arch.tick_ns;
    return fake_arch.time_ns;
}

uint64_t arch_wall_clock_ns(void)
{
    return fake_arch.wall_ns;
}

xen_pfn_t arch_page_frame(const void *page)
{
    return (uintptr_t)page >> PAGE_SHIFT;
}

/* A grant holds 32 bits of a frame number. The upper bits are those of any page
 * of the guest, which is one image. */
void *fake_granted_page(grant_ref_t reference)
{
    const uintptr_t image = (uintptr_t)&shared >> (32 + PAGE_SHIFT);
    const struct grant_entry_v1 *entry;

    if (reference >= FAKE_GRANT_COUNT)
        return NULL;
    entry = &fake_arch.grants[reference];
    if (!(entry->flags & GTF_permit_access))
        return NULL;
    return (void *)((image << 32 | entry->frame) << PAGE_SHIFT);
}

unsigned int fake_grant_count(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < FAKE_GRANT_COUNT; i++)
        count += fake_arch.grants[i].flags != GTF_invalid;
    return count;
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

    switch (command) {
    case EVTCHNOP_alloc_unbound:
        return open_port(argument);
    case EVTCHNOP_bind_ipi:
        return bind_ipi(argument);
    case EVTCHNOP_status:
        return tell_status(argument);
    case EVTCHNOP_close:
        return close_port(argument);
    case EVTCHNOP_bind_interdomain:
        return -XEN_EINVAL;
    case EVTCHNOP_reset:
        return -XEN_EPERM;
    }
    if (command != EVTCHNOP_send)
        return -XEN_ENOSYS;
    error = send(order->port);
    others_work();
    return error;
}

long arch_hypercall(unsigned long number,
                    const uint64_t args[ARCH_HYPERCALL_ARGS])
{
    others_work();
    fake_arch.hypercall_count++;
    return fake_arch.hypercall ? fake_arch.hypercall(number, args)
                               : -XEN_ENOSYS;
}

int arch_sched_op(int command, void *argument)
{
    if (command == SCHEDOP_yield) {
        others_work();
        return 0;
    }
    return command == SCHEDOP_poll ? wait(argument) : -XEN_ENOSYS;
}

static void close_window(void)
{
    if (window.count != 0)
        memcpy(&fake_arch.spare[window.first * PAGE_WORDS], window.words,
               window.count * PAGE_SIZE);
    memset(window.words, 0xa5, sizeof(window.words));
    window.count = 0;
}

uint64_t *fake_spare_page(uint64_t number)
{
    close_window();
    return &fake_arch.spare[number * PAGE_WORDS];
}

uint64_t arch_spare_pages(void)
{
    others_work();
    return fake_arch.spare_count;
}

uint64_t arch_pages_left(void)
{
    others_work();
    return fake_arch.spare_count;
}

bool arch_has_vcpu(unsigned int vcpu)
{
    return vcpu < fake_arch.vcpu_count;
}

int arch_vcpu_up(unsigned int vcpu)
{
    others_work();
    if (vcpu == 0 || vcpu >= fake_arch.vcpu_count)
        return -XEN_ENOENT;
    if (fake_arch.up_error == 0)
        fake_arch.vcpus_up |= 1U << vcpu;
    return fake_arch.up_error;
}

int arch_vcpu_down(unsigned int vcpu)
{
    others_work();
    if (vcpu == 0 || vcpu >= fake_arch.vcpu_count)
        return -XEN_ENOENT;
    fake_arch.vcpus_up &= ~(1U << vcpu);
    return 0;
}

bool arch_take_nmi(void)
{
    const bool nmi = fake_arch.nmi;

    fake_arch.nmi = false;
    return nmi;
}

void arch_pass_nmi(void)
{
    fake_arch.passed_nmi_count++;
    fake_arch.nmi = true;
}

void arch_pause(void)
{
    if (fake_arch.when_paused)
        fake_arch.when_paused();
}

unsigned int arch_give_pages(unsigned int count, uint64_t keep)
{
    const uint64_t left = fake_arch.spare_count;

    close_window();
    if (count == 0 || count > ARCH_BALLOON_PAGES)
        fail_msg("the guest gives %u pages", count);
    count = (unsigned int)MIN(count, left - MIN(left, keep));
    fake_arch.spare_count -= count;
    fake_arch.away_count += count;
    fake_arch.xen_has += count;
    return count;
}

unsigned int arch_take_pages(unsigned int count, uint64_t wanted)
{
    if (count == 0 || count > ARCH_BALLOON_PAGES || wanted < count)
        fail_msg("the guest takes %u pages of %lu", count, wanted);
    fake_arch.wanted = wanted;
    fake_arch.take_count++;
    count = (unsigned int)MIN(count, fake_arch.away_count);
    count = (unsigned int)MIN(count, fake_arch.xen_has);
    fake_arch.spare_count += count;
    fake_arch.away_count -= count;
    fake_arch.xen_has -= count;
    return count;
}

void fake_lose_pages(uint64_t count)
{
    close_window();
    assert_in_range(count, 0, fake_arch.spare_count);
    fake_arch.spare_count -= count;
    fake_arch.away_count += count;
    fake_arch.xen_has += count;
}

bool arch_may_take_pages(void)
{
    return fake_arch.away_count > 0 && !fake_arch.has_all;
}

void *arch_show_spare_pages(uint64_t first, unsigned int count)
{
    close_window();
    if (count == 0 || count > ARCH_WINDOW_PAGES ||
        first > fake_arch.spare_count || fake_arch.spare_count - first < count)
        fail_msg("the guest wants to see %u pages, from %lu on", count, first);
    memcpy(window.words, &fake_arch.spare[first * PAGE_WORDS],
           count * PAGE_SIZE);
    window.first = first;
    window.count = count;
    fake_arch.shown_count += count;
    return window.words;
}

int arch_suspend(struct boot *boot)
{
    trace("suspend");
    close_window();
    if (!fake_arch.suspend)
        fail_msg("the guest suspended");
    return fake_arch.suspend(boot);
}

void arch_stop(unsigned int reason)
{
    if (!running)
        fail_msg("the guest stopped, reason %u", reason);
    if (fake_arch.when_stopped)
        fake_arch.when_stopped(reason);
    running = false;
    longjmp(stopped, (int)reason + 1);
}

void arch_fault(void)
{
    arch_stop(FAKE_FAULT);
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

void fake_leave(void)
{
    assert_true(running);
    running = false;
    longjmp(stopped, FAKE_LEFT + 1);
}
