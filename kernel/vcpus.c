/* SPDX-License-Identifier: MIT */
/*
 * vcpus - the other vCPUs; see vcpus.h.
 */
#include "kernel/vcpus.h"

#include "decide/command.h"
#include "drivers/evtchn.h"
#include "drivers/xenstore.h"
#include "kernel/clock.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"

#define PATH_SIZE sizeof("cpu/31/availability")

_Static_assert(COMMAND_VCPU_MAX == ARCH_VCPU_MAX - 1, "as arch.h has it");

static struct {
    unsigned int count, watch;
    bool unread;
    enum vcpus_mode mode;
    uint64_t late_ns, due_ns;
    struct vcpu {
        bool wanted, up;
        bool held; /* it was up before a suspend or a change of mode */
        bool busy; /* that vCPU reads it all the time */
        evtchn_port_t port;
    } all[ARCH_VCPU_MAX];
} vcpus;

/* --- on the other vCPUs --------------------------------------------------- */

void kernel_vcpu(unsigned int vcpu)
{
    struct vcpu *self = &vcpus.all[vcpu];

    for (;;) {
        /* vCPU 0 logs the NMI, so it has to wake up. */
        if (arch_take_nmi())
            arch_pass_nmi();
        /* Clear first: whoever sets `busy` sends an event afterwards. */
        (void)evtchn_clear(self->port);
        if (__atomic_load_n(&self->busy, __ATOMIC_ACQUIRE)) {
            arch_pause();
            continue;
        }
        /* The port belongs to a former domain, or there is none: go down until
         * vCPU 0 starts this vCPU again. */
        if (evtchn_wait(&self->port, 1, TIME_NEVER) != 0 &&
            arch_vcpu_down(vcpu) != 0)
            arch_pause();
    }
}

/* --- on vCPU 0 ------------------------------------------------------------ */

static void set(unsigned int i, bool up)
{
    struct vcpu *vcpu = &vcpus.all[i];
    int error;

    if (vcpu->up == up)
        return;
    if (up && vcpu->port == 0)
        vcpu->port = evtchn_bind(i);
    error = up ? arch_vcpu_up(i) : arch_vcpu_down(i);
    if (error != 0) {
        log_error("vcpus", "vCPU %u cannot go %s: %s", i, up ? "up" : "down",
                  error_name(error));
        return;
    }
    vcpu->up = up;
    log_info("vcpus", "vCPU %u is %s", i, up ? "up" : "down");
}

void vcpus_release(void)
{
    for (unsigned int i = 1; i < vcpus.count; i++)
        set(i, vcpus.all[i].held);
}

/* Whether a vCPU is not as the toolstack wants it. */
static bool is_wish_open(void)
{
    for (unsigned int i = 1; i < vcpus.count; i++) {
        if (vcpus.all[i].wanted != vcpus.all[i].up)
            return true;
    }
    return false;
}

/* Read what the toolstack wants, in one exchange. */
static void read_wishes(void)
{
    static char paths[ARCH_VCPU_MAX][PATH_SIZE];
    static char texts[ARCH_VCPU_MAX][sizeof("offline")];
    static struct xenstore_request reads[ARCH_VCPU_MAX];

    for (unsigned int i = 1; i < vcpus.count; i++) {
        format(paths[i], PATH_SIZE, "cpu/%u/availability", i);
        reads[i] = xenstore_read(0, paths[i], texts[i], sizeof(texts[i]));
    }
    /* Only the first read covers the events: an event after its reply may be of
     * a node that was read before. */
    reads[1].watch = (int)vcpus.watch;
    (void)xenstore_exchange(&reads[1], vcpus.count - 1);
    for (unsigned int i = 1; i < vcpus.count; i++) {
        const struct text text = {texts[i], reads[i].reply_size};

        /* Any other text changes nothing. */
        if (reads[i].error == 0 && text_is(text, "online"))
            vcpus.all[i].wanted = true;
        if (reads[i].error == 0 && text_is(text, "offline"))
            vcpus.all[i].wanted = false;
    }
}

static void follow(void)
{
    vcpus.due_ns = TIME_NEVER;
    for (unsigned int i = 1; i < vcpus.count; i++)
        set(i, vcpus.mode == VCPUS_REFUSE ? vcpus.all[i].held
                                          : vcpus.all[i].wanted);
}

/* Plan when to follow. If there is nothing to do, plan no wake-up. */
static void plan(uint64_t now_ns)
{
    vcpus.due_ns = TIME_NEVER;
    if (is_wish_open())
        vcpus.due_ns =
            vcpus.mode == VCPUS_LATE ? now_ns + vcpus.late_ns : now_ns;
}

void vcpus_request(struct xenstore_request *read)
{
    static char text[sizeof("offline")];

    *read = xenstore_read(0, "cpu/1/availability", text, sizeof(text));
}

void vcpus_watch(void)
{
    struct xenstore_request requests[] = {
        xenstore_watch("cpu", vcpus.watch),
        xenstore_write(0, "control/feature-vcpu-hotplug", TEXT("1")),
    };

    if (vcpus.count == 1)
        return;
    (void)xenstore_exchange(requests, ARRAY_COUNT(requests));
    /* EEXIST: the same domain; Xen had no port to mark it with. */
    if (requests[0].error != 0 && requests[0].error != -XEN_EEXIST &&
        xenstore_is_usable())
        log_error("vcpus", "cpu cannot be watched: %s",
                  error_name(requests[0].error));
}

void vcpus_begin(unsigned int watch, bool more)
{
    vcpus.watch = watch;
    vcpus.due_ns = TIME_NEVER;
    vcpus.unread = false;
    vcpus.count = 1;
    while (more && arch_has_vcpu(vcpus.count))
        vcpus.count++;
    for (unsigned int i = 1; i < vcpus.count; i++) {
        vcpus.all[i].port = 0;
        vcpus.all[i].up = false;
    }
    if (vcpus.count == 1)
        return;
    vcpus_watch();
    read_wishes();
    if (vcpus.mode == VCPUS_LATE) {
        vcpus_release();
        plan(clock_ns());
    } else {
        follow();
    }
}

void vcpus_event(void)
{
    vcpus.unread = true;
    vcpus.due_ns = 0;
}

void vcpus_run(uint64_t now_ns)
{
    if (vcpus.unread) {
        vcpus.unread = false;
        read_wishes();
        plan(now_ns);
    }
    if (vcpus.due_ns <= now_ns)
        follow();
}

void vcpus_settle(uint64_t now_ns)
{
    /* An event that was not handled yet may be that of a new order. An order
     * that is late as told is known, and stays so. */
    if (!xenstore_has_event() || vcpus.due_ns != TIME_NEVER)
        return;
    vcpus_event();
    vcpus_run(now_ns);
}

uint64_t vcpus_deadline(void)
{
    return vcpus.due_ns;
}

void vcpus_hold(void)
{
    for (unsigned int i = 1; i < vcpus.count; i++) {
        vcpus.all[i].held = vcpus.all[i].up;
        if (vcpus.all[i].up && arch_vcpu_down(i) == 0)
            vcpus.all[i].up = false;
    }
}

void vcpus_behave(enum vcpus_mode mode, uint64_t late_ns)
{
    for (unsigned int i = 1; i < vcpus.count; i++)
        vcpus.all[i].held = vcpus.all[i].up;
    vcpus.mode = mode;
    vcpus.late_ns = late_ns;
    vcpus_event();
}

bool vcpus_keep_busy(unsigned int i, bool busy)
{
    struct vcpu *vcpu = &vcpus.all[i];

    if (i == 0 || i >= vcpus.count)
        return false;
    /* The vCPU stays busy, also when it went down and came up again. */
    if (busy && vcpu->busy)
        return true;
    if (busy && !vcpu->up)
        return false;
    __atomic_store_n(&vcpu->busy, busy, __ATOMIC_RELEASE);
    return !busy || evtchn_notify(vcpu->port) == 0;
}

unsigned int vcpus_up(void)
{
    unsigned int up = 1;

    for (unsigned int i = 1; i < vcpus.count; i++)
        up += vcpus.all[i].up;
    return up;
}
