/* SPDX-License-Identifier: MIT */
/*
 * oracle - what the VM is permitted to do; see oracle.h.
 */
#include "tests/simulate/oracle.h"

#include <stdio.h>
#include <string.h>

#include "tests/fake/backend.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/simulate/run.h"

#define SHUTDOWN_NODE "control/shutdown"

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
static bool unacknowledged, vcpus_change;
static char held[XENSTORE_PAYLOAD_MAX + 1]; /* before the VM's request */
static int (*suspend_domain)(struct boot *boot);

static void before(const struct fake_request *request)
{
    const char *value = fake_store_value(SHUTDOWN_NODE);

    (void)request;
    snprintf(held, sizeof(held), "%s", value ? value : "");
}

void oracle_busy(void)
{
    commands++;
}

void oracle_vcpus_change(void)
{
    vcpus_change = true;
}

static void check_answer(void)
{
    const char *reply = fake_store_value("data/xen-test-vm/reply");

    if (reply && !vcpus_change &&
        strstr(reply, "\"id\": \"busy\", \"result\": \"failed\""))
        run_fail("a vCPU that is up is not busy: %s", reply);
}

static void after(const struct fake_request *request)
{
    fake_backend_observe(request);
    if (strcmp(request->path, "data/xen-test-vm/reply") == 0)
        check_answer();
    if (held[0] == '\0' || fake_store_holds(SHUTDOWN_NODE, held))
        return;
    run_say("        the VM acknowledges %s", held);
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (ways[i].is_request && strcmp(held, ways[i].word) == 0)
            acknowledged[i]++;
    }
}

static int suspend(struct boot *boot)
{
    oracle_suspends();
    return suspend_domain(boot);
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
    if (acknowledged[way] == 0)
        return false;
    acknowledged[way]--;
    return true;
}

void oracle_suspends(void)
{
    run_say("        the VM suspends");
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

void oracle_check(void)
{
    if (fake_store.silent || !fake_store_rests() || commands > 0 ||
        unacknowledged)
        return;
    for (size_t i = 0; i < WAY_COUNT; i++) {
        if (acknowledged[i] > 0)
            run_fail("the VM has acknowledged %s and does not do it",
                     ways[i].word);
    }
}
