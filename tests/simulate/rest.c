/* SPDX-License-Identifier: MIT */
/*
 * rest - the end of a run; see rest.h.
 */
#include "tests/simulate/rest.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "kernel/options.h"
#include "lib/macros.h"
#include "tests/fake/backend.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/simulate/deeds.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/plugged.h"
#include "tests/simulate/run.h"
#include "tests/simulate/stored.h"
#include "tests/simulate/toolstack.h"

#define HOUR       UINT64_C(3600000000000)
#define MINUTE     UINT64_C(60000000000)
#define MEMORY_KIB 16384

static void expect(const char *path, const char *text)
{
    const char *value = fake_store_value(path);

    if (!fake_store_holds(path, text))
        run_fail("%s is %s at the end, not %s", path, value ? value : "absent",
                 text);
}

static void expect_number(const char *path, uint64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%lu", (unsigned long)number);
    expect(path, text);
}

static uint64_t away_kib(void)
{
    return fake_arch.away_count * (PAGE_SIZE / 1024);
}

/* --- what is asked -------------------------------------------------------- */

static void ask(const char *text)
{
    run_say("rest: %s", text);
    fake_store_write("data/testing", text);
}

static void check_vcpus(void)
{
    for (unsigned int i = 1; i < fake_arch.vcpu_count; i++) {
        char path[32];
        const bool up = (fake_arch.vcpus_up >> i & 1) != 0;

        snprintf(path, sizeof(path), "cpu/%u/availability", i);
        if (up != fake_store_holds(path, "online"))
            run_fail("vCPU %u is %s at the end", i, up ? "up" : "down");
    }
}

/* Hours have passed: memory and vCPUs must be as ordered, unless a tester has
 * changed that. */
static void check_sizes(void)
{
    uint64_t kib;

    if (toolstack_balloon_target(&kib) && kib >= 10240 && kib <= MEMORY_KIB &&
        away_kib() != MEMORY_KIB - kib / 4 * 4)
        run_fail("%lu KiB are with Xen, and the target is %lu KiB",
                 (unsigned long)away_kib(), (unsigned long)kib);
    if (toolstack_vcpus_obey())
        check_vcpus();
}

/* Whether the VM has logged that it cannot watch this path. */
static bool is_unwatched(const char *path)
{
    char line[64];

    snprintf(line, sizeof(line), "%s cannot be watched", path);
    return fake_host_logged(line) > 0;
}

/* False: the VM may not watch its own nodes, and some were removed. */
static bool knows_own_nodes(void)
{
    return !stored_lost_nodes() || (!is_unwatched("data/xen-test-vm/guest") &&
                                    !is_unwatched("data/xen-test-vm/state"));
}

static uint64_t healed_ns;

static void heal(void)
{
    deeds_heal();
    healed_ns = fake_arch.time_ns;
}

/* A store can prevent all events of messages, but the VM must know that, and
 * say so if the store lets it. If the store permits few watches, the VM sets
 * the most important ones. */
static void listen(void)
{
    static const char *const vital[] = {"control/shutdown", "data/testing",
                                        "control/testing"};

    for (size_t i = 0; i < ARRAY_COUNT(vital); i++) {
        if (!fake_store_watches(vital[i]) && !stored_hid_state() &&
            fake_store_holds("data/xen-test-vm/state", "ready"))
            run_fail("the VM does not hear of %s, and says that it is ready",
                     vital[i]);
    }
    if (!fake_store_watches("control/shutdown") && fake_store.watch_max > 0 &&
        !stored_was_disturbed())
        run_fail("the VM may set %u watches, and sets none for requests",
                 fake_store.watch_max);
    if (fake_store_watches("control/shutdown") &&
        fake_store_watches("data/testing") &&
        fake_store_watches("memory/target"))
        return;
    run_end();
}

static void cancel(void)
{
    ask("{\"when\":\"now\",\"action\":\"ignore\",\"id\":\"end\"}");
}

static void obey_balloon(void)
{
    ask("{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"obey\"}");
}

static void obey_vcpus(void)
{
    ask("{\"when\":\"now\",\"action\":\"vcpus\",\"mode\":\"obey\"}");
}

static void obey_disk(void)
{
    ask("{\"when\":\"now\",\"action\":\"frontend\",\"device\":\"vbd/51712\","
        "\"mode\":\"obey\"}");
}

static void obey_network(void)
{
    ask("{\"when\":\"now\",\"action\":\"frontend\",\"device\":\"vif/0\","
        "\"mode\":\"obey\"}");
}

static void read_disk(void)
{
    plugged_check();
    if (plugged_disk_mib() > 0)
        ask("{\"when\":\"now\",\"action\":\"disk\",\"op\":\"read\",\"mib\":2,"
            "\"device\":\"vbd/51712\",\"id\":\"read\"}");
}

static void unplug(void)
{
    const char *reply = fake_store_value("data/xen-test-vm/reply");
    const unsigned int mib = plugged_disk_mib();

    if (mib > 0 &&
        (!reply || !strstr(reply, mib >= 2 ? "\"id\": \"read\", \"result\": "
                                             "\"done\""
                                           : "no more than 1 MiB")))
        run_fail("the disk has %u MiB, and 2 MiB were to be read: %s", mib,
                 reply ? reply : "no answer");
    plugged_check();
    plugged_unplug(NULL);
}

static void shrink(void)
{
    fake_store_write("memory/target", "12288");
}

static void grow(void)
{
    if (away_kib() != MEMORY_KIB - 12288)
        run_fail("%lu KiB are with Xen, not %u, as the target says",
                 (unsigned long)away_kib(), MEMORY_KIB - 12288);
    fake_store_write("memory/target", "16384");
}

static void clear(void)
{
    if (away_kib() != 0)
        run_fail("%lu KiB are with Xen, not 0, as the target says",
                 (unsigned long)away_kib());
    if (!oracle_may_leave_requests() &&
        !fake_store_holds("control/shutdown", "") &&
        !fake_store_holds("control/shutdown", NULL))
        run_fail("a request stands at the end: %s",
                 fake_store_value("control/shutdown"));
    fake_store_write("control/shutdown", "");
    fake_store_write("control/sysrq", "");
}

/* Each line of the log begins with its time, if it arrived whole: what a former
 * domain has left in its ring is lost. */
static void check_times(void)
{
    unsigned long last_ms = 0, s, ms;

    for (const char *at = fake_console_output(); at; at = strchr(at, '\n')) {
        int whole = 0;

        at += *at == '\n';
        if (sscanf(at, "[ %lu.%3lu] %n", &s, &ms, &whole) != 2 || whole == 0)
            continue;
        if (s * 1000 + ms < last_ms)
            run_fail("time goes back, from %lu ms to %lu ms", last_ms,
                     s * 1000 + ms);
        last_ms = s * 1000 + ms;
    }
}

static void report(void)
{
    ask("{\"when\":\"now\",\"action\":\"report\",\"id\":\"report\"}");
}

/* The VM says in an answer what it has counted. The store must show the same
 * numbers. */
static void check_counters(void)
{
    static const char *const counters[] = {
        "requests", "withdrawn", "commands", "refused",
        "suspends", "resumes",   "cancels",  "memory-errors"};
    const char *at = fake_store_value("data/xen-test-vm/reply");
    char reply[XENSTORE_PAYLOAD_MAX + 1], path[64], name[32];

    snprintf(reply, sizeof(reply), "%s", at ? at : "");
    if (stored_was_full() || !knows_own_nodes())
        return;
    for (size_t i = 0; i < ARRAY_COUNT(counters); i++) {
        snprintf(name, sizeof(name), "\"%s\": ", counters[i]);
        snprintf(path, sizeof(path), "data/xen-test-vm/%s", counters[i]);
        at = strstr(reply, name);
        if (!at)
            run_fail("a report says nothing of %s: %s", counters[i], reply);
        expect_number(path, strtoul(at + strlen(name), NULL, 10));
    }
}

static const char *const constants[] = {
    "data/xen-test-vm/version",
    "data/xen-test-vm/protocol",
    "data/xen-test-vm/guest",
    "data/xen-test-vm/commands",
    "data/os_name",
    "data/meminfo_total",
    "data/meminfo_free",
};

static void check_constants(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(constants); i++) {
        if (fake_store_holds(constants[i], NULL))
            run_fail("%s is absent at the end", constants[i]);
    }
}

/* The VM does nothing any more, so all memory that it has is free. */
static void check_metrics(void)
{
    expect_number("data/meminfo_total", MEMORY_KIB - away_kib());
    expect_number("data/meminfo_free",
                  fake_arch.spare_count * (PAGE_SIZE / 1024));
}

/* An attack has given everything back. */
static void check_attacks(void)
{
    static const char *const watched[] = {"data/xen-test-vm/attack", "/vm"};
    static const char *const made[] = {"data/xen-test-vm/attack", "attr/attack",
                                       "control/attack"};

    if (stored_has_refused())
        return;
    for (size_t i = 0; i < ARRAY_COUNT(watched); i++) {
        if (fake_store_watches(watched[i]))
            run_fail("%s is watched at the end", watched[i]);
    }
    for (size_t i = 0; i < ARRAY_COUNT(made); i++)
        expect(made[i], NULL);
}

static void check(void)
{
    const char *reply;
    bool sees;

    if (fake_arch.deadline_ns != 0)
        run_fail("the VM wants to be woken, though it has nothing to do");
    expect("data/testing", "");
    if (!is_unwatched("control/shutdown") && !is_unwatched("data/testing") &&
        !is_unwatched("control/testing") && knows_own_nodes())
        expect("data/xen-test-vm/state", "ready");
    reply = fake_store_value("data/xen-test-vm/reply");
    if (!reply || !strstr(reply, "\"id\": \"end\", \"result\": \"done\""))
        run_fail("the answer at the end is %s", reply ? reply : "absent");
    check_vcpus();
    if (!stored_was_full() && !toolstack_pages_were_lost() && knows_own_nodes())
        expect("data/xen-test-vm/memory-errors", "0");
    if (!stored_was_full() && knows_own_nodes())
        check_constants();
    if (!stored_has_refused() && knows_own_nodes())
        check_metrics();
    /* If the VM cannot see that a device was unplugged, its pages and its port
     * stay. */
    sees = !is_unwatched("device");
    if (sees && fake_grant_count() != 0)
        run_fail("%u pages are lent at the end", fake_grant_count());
    if (sees &&
        fake_own_port_count() != (options.suspend_event_channel ? 1 : 0))
        run_fail("%u ports are open at the end", fake_own_port_count());
    check_attacks();
    if (fake_console_waits())
        run_fail("the console holds lines at the end");
    if (fake_arch.nmi)
        run_fail("the VM has not noticed an NMI");
    check_times();
}

static void leave(void)
{
    fake_store_write("control/shutdown", "poweroff");
}

static void too_long(void)
{
    run_fail("the VM does not end when told to power off");
}

static void (*const steps[])(void) = {
    heal,           listen,     check_sizes, cancel,       cancel,
    obey_balloon,   obey_vcpus, obey_disk,   obey_network, read_disk,
    unplug,         shrink,     grow,        clear,        report,
    check_counters, cancel,     check,       leave,        too_long,
};

#define HURRIED 9 /* the steps before this one end what keeps the VM busy */

static unsigned int next;

void rest_step(void)
{
    fake_arch.act_ns = fake_arch.time_ns + 3 * HOUR;
    steps[MIN(next, ARRAY_COUNT(steps) - 1)]();
    next++;
}

void rest_hurry(void)
{
    /* Without orders of a tester nothing takes long. */
    if (next > 0 && !oracle_may_leave_requests()) {
        if (fake_arch.time_ns - healed_ns > 10 * MINUTE)
            run_fail("the VM wakes up again and again, and has nothing to do");
        return;
    }
    /* Leave check_sizes() out: a busy VM need not have reached its sizes. */
    if (next < HURRIED) {
        next += steps[next] == check_sizes;
        rest_step();
    }
}
