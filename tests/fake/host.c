/* SPDX-License-Identifier: MIT */
/*
 * fake/host - a host with one guest; see fake/host.h.
 */
#include "tests/fake/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/grant.h"
#include "drivers/xenbus.h"
#include "kernel/clock.h"
#include "kernel/nodes.h"
#include "kernel/options.h"
#include "kernel/vcpus.h"
#include "kernel/work.h"
#include "lib/macros.h"
#include "tests/fake/console.h"

#define FIRST_DOMAIN 8 /* a multiple of 4, as for resume(): ports 1 and 2 */

struct fake_host fake_host;

static struct boot boot;
static const struct fake_host_step *next_step;

/* --- rings ---------------------------------------------------------------- */

static void write_domain(void)
{
    char number[11];

    snprintf(number, sizeof(number), "%u", fake_host.domain);
    fake_store_write("domid", number);
}

/* The driver's tokens have one digit and a NUL, those of an attack are longer.
 */
static void observe(const struct fake_request *request)
{
    if (request->type == XS_WATCH && request->value.size == 2 &&
        fake_store_watches(request->path) && !fake_store.keeps_watches)
        fail_msg("the guest sets a second watch for %s", request->path);
    if (fake_host.before)
        fake_host.before(request);
}

/* The new ports differ from those of the last domain. */
static void resume(struct boot *rings)
{
    unsigned int first = 4 * (++fake_host.domain % 4);

    fake_arch_renew();
    if (fake_host.keeps_rings) {
        rings->store = fake_store_keep(first + 1);
        rings->console = fake_console_keep(first + 2);
    } else {
        rings->store = fake_store_renew(first + 1, fake_host.index);
        rings->console = fake_console_renew(first + 2, fake_host.index);
    }
    write_domain();
    fake_arch.time_ns += (uint64_t)fake_host.other_ns;
    rings->pages_lost = MIN(fake_host.pages_lost, fake_arch.spare_count);
    fake_lose_pages(rings->pages_lost);
}

/* Record where the stack is, by the address of a frame: a sanitizer may move
 * other objects. */
static void measure_stack(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (fake_host.suspend_count++ == 0)
        fake_host.stack_low = fake_host.stack_high = here;
    fake_host.stack_low = MIN(fake_host.stack_low, here);
    if (here > fake_host.stack_high)
        fake_host.stack_high = here;
}

static int suspend(struct boot *rings)
{
    int outcome = fake_host.outcome;

    measure_stack();
    if (rings != &boot)
        fail_msg("the guest suspends with a struct boot of its own");
    /* An attack may leave transactions open. */
    if (fake_store_has_requests() ||
        (!fake_store_rests() && !work_is_running()))
        fail_msg("the guest suspends before the store has answered all");
    if (fake_console_waits())
        fail_msg("the guest suspends with lines for which it sent no event");
    fake_arch.time_ns += fake_host.away_ns;
    fake_arch.wall_ns += fake_host.away_ns;
    rings->pages_lost = 0;
    if (outcome == ARCH_RESUMED)
        resume(rings);
    if (fake_host.away)
        fake_host.away();
    return outcome == FAKE_SLOW ? ARCH_RESUMED : outcome;
}

/* --- steps ---------------------------------------------------------------- */

static void check_holds(const char *path, const char *text)
{
    const char *value = fake_store_value(path);

    if (!fake_store_holds(path, text))
        fail_msg("%s: %s, not %s; logged:\n%s", path,
                 value ? value : "(absent)", text ? text : "(absent)",
                 fake_console_output());
}

static void take_step(const struct fake_host_step *step)
{
    switch (step->kind) {
    case FAKE_WRITE:
        if (step->text)
            fake_store_write(step->path, step->text);
        else
            fake_store_remove(step->path);
        break;
    case FAKE_HOLDS:
        check_holds(step->path, step->text);
        break;
    case FAKE_LOGGED:
        if (fake_host_logged(step->text) == 0)
            fail_msg("\"%s\" is not in:\n%s", step->text,
                     fake_console_output());
        break;
    case FAKE_DO:
        step->act();
        break;
    case FAKE_WAIT:
        fake_arch.act_ns = fake_arch.time_ns + step->ms * UINT64_C(1000000);
        break;
    case FAKE_END:
        fake_leave();
    }
}

static void go_on(void)
{
    fake_arch.when_stuck = go_on;
    take_step(next_step++);
}

/* --- the guest ------------------------------------------------------------ */

/* Messages that this guest has not handled would reach the next guest. */
static void forget_messages(void)
{
    struct message message;

    while (nodes_next_message(&message))
        ;
}

/* Work that this guest has not ended would go on in the next guest. Without
 * devices it does not wait for any. */
static void forget_work(void)
{
    struct outcome outcome;

    xenbus_forget();
    work_stop();
    while (work_deadline() != TIME_NEVER)
        (void)work_run(clock_ns(), &outcome);
}

/* Devices, grants and vCPUs of this guest would exist in the next guest. */
static void forget_devices(void)
{
    xenbus_forget();
    grant_forget();
    fake_host.vcpus_up = fake_arch.vcpus_up;
    vcpus_hold();
    vcpus_hold(); /* this call finds that none was up */
}

void fake_host_start(void)
{
    fake_host = (struct fake_host){
        .command_line = "",
        .memory_kib = 1024,
        .domain = FIRST_DOMAIN,
    };
    fake_arch_start();
    boot = (struct boot){
        .guest = "pvh",
        .console = fake_console_start(0),
        .store = fake_store_start(0),
    };
    fake_store.before = observe;
    fake_arch.suspend = suspend;
    write_domain();
    options = (struct options){.self_test = false};
}

static void guest(void)
{
    kernel_main(&boot);
}

unsigned int fake_host_run(const struct fake_host_step *steps)
{
    unsigned int result;

    boot.memory_kib = fake_host.memory_kib;
    boot.memory_is_maximum = fake_host.memory_is_maximum;
    boot.no_execute = !fake_host.data_is_executable;
    boot.command_line = fake_host.command_line;
    boot.command_line_cut = fake_host.command_line_cut;
    next_step = steps;
    fake_arch.when_stuck = go_on;
    result = fake_run(guest);
    fake_arch.when_stuck = NULL;
    fake_store.before = fake_store.after = NULL;
    forget_messages();
    forget_work();
    forget_devices();
    return result;
}

unsigned int fake_host_logged(const char *part)
{
    const char *at = fake_console_output();
    unsigned int count = 0;

    while ((at = strstr(at, part)) != NULL) {
        count++;
        at++;
    }
    return count;
}

const char *fake_host_panic(void)
{
    static const char panic[] = "] panic: ";

    for (const char *line = fake_console_output(); line;) {
        const char *name = strchr(line, ']');
        const char *end = strchr(line, '\n');

        if (name && (!end || name < end) &&
            strncmp(name, panic, strlen(panic)) == 0)
            return name;
        line = end ? end + 1 : NULL;
    }
    return NULL;
}
