/* SPDX-License-Identifier: MIT */
/*
 * oracle - what the VM is permitted to do; see oracle.h.
 */
#include "tests/simulate/oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fake/backend.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/simulate/run.h"
#include "tests/simulate/stored.h"
#include "tests/simulate/toolstack.h"

#define SHUTDOWN_NODE   "control/shutdown"
#define DEADLINE_MAX_NS UINT64_C(600000000000)
#define MESSAGES_MAX    30 /* while lines wait for an event to the console */

/* The ways in which a domain can end; is_request: also by control/shutdown. */
static const struct way {
    const char *word;
    unsigned int reason;
    bool is_request;
} ways[] = {
    {"poweroff", SHUTDOWN_poweroff, true},
    {"halt", SHUTDOWN_poweroff, true},
    {"reboot", SHUTDOWN_reboot, true},
    {"crash", SHUTDOWN_crash, true},
    {"suspend", SHUTDOWN_suspend, true},
    {"watchdog", SHUTDOWN_watchdog, false},
    {"soft-reset", SHUTDOWN_soft_reset, false},
    {"fault", FAKE_FAULT, false},
};
#define WAY_COUNT ARRAY_COUNT(ways)

static unsigned int acknowledged[WAY_COUNT]; /* not done yet */
static bool ordered[WAY_COUNT];              /* by a command, at any time */
static bool ordered_any_reason;
static unsigned int commands, suspend_events;
static bool unacknowledged;
static unsigned int busy_count;             /* orders to be busy */
static unsigned int busy_excused;           /* this number of them may fail */
static char held[XENSTORE_PAYLOAD_MAX + 1]; /* before the VM's request */

/* The request that the VM has read and has not acknowledged. It stays a request
 * in a new domain, where the VM cannot acknowledge it. */
static char known[XENSTORE_PAYLOAD_MAX + 1];
static unsigned int former[WAY_COUNT];
static int (*suspend_domain)(struct boot *boot);

static bool oscillates;       /* the tester has said so: pages come and go */
static uint64_t known_target; /* as the VM has read it, in KiB */
static uint64_t size_for_suspend; /* at the newest acknowledgement, in KiB */
static uint64_t away_count; /* pages that were with Xen at the last step */

/* Others act between two requests, also if the VM has sent both at once. */
static void before(const struct fake_request *request)
{
    const char *value;

    run_step();
    stored_request(request);
    value = fake_store_value(SHUTDOWN_NODE);
    snprintf(held, sizeof(held), "%s", value ? value : "");
}

unsigned int oracle_busy(bool is_up)
{
    busy_count++;
    if (!is_up)
        busy_excused = busy_count;
    return busy_count;
}

void oracle_excuses_busy(void)
{
    busy_excused = busy_count;
}

/* A VM that may not watch cpu hears of no order. */
static void check_answer(void)
{
    static const char id[] = "\"id\": \"busy";
    const char *reply = fake_store_value("data/xen-test-vm/reply");
    const char *busy = reply ? strstr(reply, id) : NULL;

    if (busy && strstr(busy, "\"result\": \"failed\"") &&
        toolstack_vcpus_obey() && fake_store_watches("cpu") &&
        strtoul(busy + strlen(id), NULL, 10) > busy_excused)
        run_fail("a vCPU that should be up is not busy: %s", reply);
}

static void take_target(void)
{
    const char *target = fake_store_value("memory/target");

    if (target)
        known_target = strtoul(target, NULL, 10);
}

/* The VM has read this node, and the store has not refused that. */
static bool has_read(const struct fake_request *request, const char *path)
{
    return request->type == XS_READ && strcmp(request->path, path) == 0 &&
           fake_store.failing_request != fake_store.request_count;
}

static void after(const struct fake_request *request)
{
    fake_backend_observe(request);
    if (has_read(request, "memory/target"))
        take_target();
    if (strcmp(request->path, "data/xen-test-vm/reply") == 0)
        check_answer();
    if (has_read(request, SHUTDOWN_NODE))
        strcpy(known, held);
    if (held[0] == '\0' || fake_store_holds(SHUTDOWN_NODE, held))
        return;
    known[0] = '\0';
    run_say("        the VM acknowledges %s", held);
    size_for_suspend = toolstack_size_for_suspend();
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (ways[i].is_request && strcmp(held, ways[i].word) == 0)
            acknowledged[i]++;
    }
    toolstack_is_answered();
}

static int suspend(struct boot *boot)
{
    const unsigned int domain = fake_host.domain;
    int result;

    oracle_suspends();
    result = suspend_domain(boot);
    for (size_t i = 0; i < WAY_COUNT && fake_host.domain != domain; i++) {
        /* A suspend has happened: it is not done again. */
        if (ways[i].reason != SHUTDOWN_suspend &&
            strcmp(known, ways[i].word) == 0)
            former[i]++;
    }
    return result;
}

void oracle_start(void)
{
    memset(acknowledged, 0, sizeof(acknowledged));
    memset(ordered, 0, sizeof(ordered));
    fake_host.before = before;
    fake_store.after = after;
    suspend_domain = fake_arch.suspend;
    fake_arch.suspend = suspend;
}

void oracle_command(const char *text)
{
    commands++;
    for (size_t i = 0; i < WAY_COUNT; i++)
        ordered[i] = ordered[i] || strstr(text, ways[i].word);
    ordered_any_reason = ordered_any_reason || strstr(text, "exit");
    oscillates = oscillates || strstr(text, "oscillate");
}

void oracle_gives_up_acknowledgements(void)
{
    unacknowledged = true;
}

void oracle_suspend_event(void)
{
    suspend_events++;
}

/* Whether there is a reason for what the VM does. */
static bool may(size_t way)
{
    if (ordered[way] || unacknowledged)
        return true;
    if (former[way] > 0) {
        former[way]--;
        return true;
    }
    if (acknowledged[way] == 0)
        return false;
    acknowledged[way]--;
    return true;
}

void oracle_message(void)
{
    static unsigned int count, event_count;
    const evtchn_port_t port = 4 * (fake_host.domain % 4) + FAKE_CONSOLE_PORT;

    if (!fake_console_waits() || fake_arch.notify_count[port] != event_count)
        count = 0;
    event_count = fake_arch.notify_count[port];
    if (++count > MESSAGES_MAX)
        run_fail("lines wait for an event to the console during %u messages",
                 count);
}

/* The size of a VM that has given `given` pages to Xen. */
static uint64_t size_kib(uint64_t given)
{
    return fake_host.memory_kib - given * (PAGE_SIZE / 1024);
}

void oracle_tick(void)
{
    const uint64_t had_kib = size_kib(away_count);

    if (fake_arch.away_count > away_count && known_target / 4 * 4 >= had_kib &&
        !oscillates && !unacknowledged && !toolstack_pages_were_lost())
        run_fail("the VM has %lu KiB, should have %lu KiB, and gives pages",
                 (unsigned long)had_kib, (unsigned long)known_target);
    away_count = fake_arch.away_count;
}

/* A restored domain may have no more memory than its target. A tester's
 * commands may change what the VM does about it. The VM may know a newer and
 * larger target than that of the request. */
static void check_fits(void)
{
    const uint64_t has_kib = size_kib(fake_arch.away_count);
    const uint64_t fits_kib = MAX(size_for_suspend, known_target);

    if (commands == 0 && suspend_events == 0 && !unacknowledged &&
        fake_store_watches("memory/target") && has_kib > fits_kib)
        run_fail("the VM suspends with %lu KiB, and should have %lu KiB",
                 (unsigned long)has_kib, (unsigned long)fits_kib);
}

void oracle_suspends(void)
{
    run_say("        the VM suspends");
    check_fits();
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (ways[i].reason == SHUTDOWN_suspend && !may(i)) {
            if (suspend_events == 0)
                run_fail("the VM suspends, and has acknowledged no request");
            suspend_events--;
        }
    }
}

void oracle_ends(unsigned int reason)
{
    run_say("        the VM ends with reason %u", reason);
    if (fake_host_panic())
        run_fail("the VM panics: %s", fake_host_panic());
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (ways[i].reason == reason && may(i))
            return;
    }
    if (!ordered_any_reason)
        run_fail("the VM ends with reason %u, and has acknowledged no request",
                 reason);
}

bool oracle_may_leave_requests(void)
{
    return commands > 0 || unacknowledged;
}

/* A VM that has not got its size yet has to go on soon. The system time may go
 * back some minutes. */
static void check_deadline(void)
{
    const uint64_t has_kib = size_kib(fake_arch.away_count);
    uint64_t kib;

    if (!fake_store_watches("memory/target") ||
        !toolstack_balloon_target(&kib) || unacknowledged ||
        known_target < 10240 || known_target > fake_host.memory_kib ||
        has_kib == known_target / 4 * 4)
        return;
    if (fake_arch.deadline_ns == 0 ||
        fake_arch.deadline_ns > fake_arch.time_ns + DEADLINE_MAX_NS)
        run_fail("the VM has %lu KiB, should have %lu KiB, and does nothing",
                 (unsigned long)has_kib, (unsigned long)known_target);
}

void oracle_check(void)
{
    if (!fake_store.silent && fake_store_rests())
        check_deadline();
    if (fake_store.silent || !fake_store_rests() || commands > 0 ||
        unacknowledged)
        return;
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (acknowledged[i] > 0)
            run_fail("the VM has acknowledged %s and does not do it",
                     ways[i].word);
    }
    if (fake_store_watches(SHUTDOWN_NODE) &&
        !fake_store_holds(SHUTDOWN_NODE, "") &&
        !fake_store_holds(SHUTDOWN_NODE, NULL))
        run_fail("the VM waits, and a request stands: %s",
                 fake_store_value(SHUTDOWN_NODE));
}
