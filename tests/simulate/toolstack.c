/* SPDX-License-Identifier: MIT */
/*
 * toolstack - requests, and orders for memory and vCPUs; see toolstack.h.
 */
#include "tests/simulate/toolstack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/macros.h"
#include "tests/fake/host.h"
#include "tests/fake/tree.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/plugged.h"
#include "tests/simulate/stored.h"

/* Deeds that are due later, as a number of steps; 0: none is. */
static struct {
    uint32_t withdrawal, suspend, order;
    char request[64]; /* the request to withdraw */
} later;

/* The orders, to be repeated to a new domain. */
static struct {
    char target[24];
    char availability[3][8];
    bool target_is_late; /* it is newer than the newest request */
    uint64_t elsewhere;  /* for a new domain: what is other there; 0: nothing */
    uint64_t next_kib;   /* for a new domain: a target that comes; 0: none */
    const char *again;   /* the next request; null: none is to come */
    uint32_t withdrawal; /* steps until that is withdrawn; 0: it stays */
    bool lacks_memory;   /* the host of a new domain */
    bool pages_were_lost;
    bool balloon_obeys, vcpus_obey; /* as far as testers permit */
    bool balloon_is_slow;
} told;

/* If a request stands there already, the VM may be about to acknowledge that
 * one, and may not look at the target again. */
static void write_request(const char *text)
{
    told.target_is_late = !fake_store_holds("control/shutdown", "");
    run_write("control/shutdown", text);
}

void toolstack_request(struct dice *dice)
{
    static const char *const texts[] = {"suspend",  "suspend", "suspend",
                                        "poweroff", "reboot",  "halt",
                                        "crash",    "nonsense"};

    write_request(ONE_OF(dice, texts));
}

void toolstack_request_suspend(struct dice *dice)
{
    (void)dice;
    write_request("suspend");
}

/* The same request comes a second time, perhaps too late for the suspend that
 * is under way. */
void toolstack_request_twice(struct dice *dice)
{
    toolstack_request_suspend(dice);
    later.suspend = 1 + (uint32_t)dice_spread(dice, 200);
}

/* When the VM acknowledges this request, another one comes, while the VM
 * suspends into a new domain. That one may be withdrawn before the new domain
 * begins. There, as soon as the VM has looked for requests, a new target comes,
 * and then a suspend. */
void toolstack_request_late(struct dice *dice)
{
    static const char *const texts[] = {"suspend", "suspend", "poweroff"};

    fake_host.outcome = ARCH_RESUMED;
    told.next_kib = 10240 + dice_below(dice, 4096);
    told.again = ONE_OF(dice, texts);
    told.withdrawal = dice_below(dice, 2) * (1 + dice_below(dice, 20));
    write_request("suspend");
}

/* Take the request back after `steps` steps; 0: never. */
static void withdraw_later(const char *text, uint32_t steps)
{
    snprintf(later.request, sizeof(later.request), "%s", text);
    later.withdrawal = steps;
}

void toolstack_is_answered(void)
{
    const char *text = told.again;

    told.again = NULL;
    if (!text)
        return;
    write_request(text);
    withdraw_later(text, told.withdrawal);
}

static void order_soon(void)
{
    later.order = 1;
}

static void order_and_request(void)
{
    toolstack_order_target(told.next_kib);
    told.next_kib = 0;
    write_request("suspend");
}

void toolstack_clear_request(struct dice *dice)
{
    (void)dice;
    run_write("control/shutdown", "");
}

void toolstack_remove_request(struct dice *dice)
{
    (void)dice;
    run_say("    control/shutdown is removed");
    fake_store_remove("control/shutdown");
}

/* Like libxl, which withdraws a suspend in a transaction, if the node still
 * holds the request. */
void toolstack_request_and_withdraw(struct dice *dice)
{
    static const char *const texts[] = {"suspend", "poweroff", "reboot"};
    const char *text = ONE_OF(dice, texts);

    write_request(text);
    withdraw_later(text, 1 + (uint32_t)dice_spread(dice, 200));
}

static void withdraw(void)
{
    if (!fake_store_holds("control/shutdown", later.request))
        return;
    run_say("    %s is taken back", later.request);
    fake_store_write("control/shutdown", "");
}

void toolstack_order_target(uint64_t kib)
{
    snprintf(told.target, sizeof(told.target), "%lu", (unsigned long)kib);
    told.target_is_late = true;
    run_write("memory/target", told.target);
}

void toolstack_set_target(struct dice *dice)
{
    static const uint64_t targets[] = {
        0, 4, 1024, 4096, 8192, 12288, 16384, 16380, 1 << 30, TARGET_MAX};

    toolstack_order_target(dice_below(dice, 3) == 0
                               ? ONE_OF(dice, targets)
                               : 8192 + dice_below(dice, 8192));
}

/* A toolstack does this when it saves a VM that is larger than it should be. */
void toolstack_shrink_and_suspend(struct dice *dice)
{
    toolstack_order_target(10240 + dice_below(dice, 4096));
    write_request("suspend");
}

void toolstack_order_vcpu(uint32_t vcpu, bool online)
{
    char path[32];

    snprintf(path, sizeof(path), "cpu/%u/availability", vcpu);
    strcpy(told.availability[vcpu], online ? "online" : "offline");
    if (!online)
        oracle_excuses_busy();
    run_write(path, told.availability[vcpu]);
}

void toolstack_set_vcpu(struct dice *dice)
{
    toolstack_order_vcpu(1 + dice_below(dice, 2), dice_below(dice, 2) == 0);
}

/* Orders for both vCPUs: the one for vCPU 1 comes while the VM reads the one
 * for vCPU 2. */
void toolstack_set_vcpus(struct dice *dice)
{
    toolstack_order_vcpu(2, dice_below(dice, 2) == 0);
    stored_trap(XS_READ, "cpu/2/availability", toolstack_turn_vcpu, NULL);
}

void toolstack_turn_vcpu(void)
{
    toolstack_order_vcpu(1, !toolstack_wants_up(1));
}

/* Use the VM's own port for suspends, if it offers one. */
void toolstack_suspend_event(struct dice *dice)
{
    const char *port = fake_store_value("device/suspend/event-channel");

    (void)dice;
    if (!port)
        return;
    oracle_suspend_event();
    fake_raise((evtchn_port_t)strtoul(port, NULL, 10));
}

/* Choose how suspends end from now on. */
void toolstack_choose_outcome(struct dice *dice)
{
    static const int outcomes[] = {ARCH_RESUMED, ARCH_CANCELLED, FAKE_REFUSED,
                                   FAKE_SLOW};

    fake_host.outcome = ONE_OF(dice, outcomes);
    fake_host.keeps_rings = dice_below(dice, 2) == 0;
    fake_host.index = (uint32_t)dice_next(dice);
    fake_host.away_ns = dice_spread(dice, 3600 * SECOND);
    fake_host.other_ns = (int64_t)dice_spread(dice, 1000 * SECOND);
    told.elsewhere = dice_next(dice);
    if (dice_below(dice, 2) == 0)
        told.elsewhere = 0;
    fake_host.pages_lost =
        dice_below(dice, 4) == 0 ? dice_below(dice, 1500) : 0;
    told.pages_were_lost = told.pages_were_lost || fake_host.pages_lost > 0;
    told.lacks_memory = false;
    run_say("    suspends end with %d", fake_host.outcome);
}

/* A suspend, to a host that has no memory for the lost pages. */
void toolstack_suspend_and_lose(struct dice *dice)
{
    fake_host.outcome = ARCH_RESUMED;
    fake_host.pages_lost = 500 + dice_below(dice, 1500);
    told.pages_were_lost = told.lacks_memory = true;
    later.suspend = 1 + (uint32_t)dice_spread(dice, 200);
}

/* Each restore may be to another host, by another configuration. */
static void change_orders(struct dice *dice)
{
    uint32_t vcpu_count;

    toolstack_order_target(10240 + dice_below(dice, 6144));
    for (uint32_t i = 1; i < ARRAY_COUNT(told.availability); i++)
        toolstack_order_vcpu(i, dice_below(dice, 2) == 0);
    vcpu_count = 1 + dice_below(dice, 3);
    fake_arch.vcpu_count = MAX(fake_arch.vcpu_count, vcpu_count);
    fake_arch.xen_has = dice_spread(dice, 4000);
    fake_tree_newest_first = dice_below(dice, 2) == 0;
    fake_store.watch_max =
        dice_below(dice, 4) == 0 ? 1 + dice_below(dice, 4) : 0;
    if (dice_below(dice, 2) == 0)
        fake_store_read_only("control/feature-shutdown");
    run_say("    the new domain has other orders, on another host");
}

/* A new domain gets the orders of the old one, or others. */
void toolstack_tell_again(void)
{
    struct dice dice = {told.elsewhere};
    char path[32];

    if (fake_host.outcome != ARCH_RESUMED)
        return;
    fake_store_write("control/shutdown", "");
    fake_store_write("memory/target", told.target);
    for (unsigned int i = 1; i < ARRAY_COUNT(told.availability); i++) {
        snprintf(path, sizeof(path), "cpu/%u/availability", i);
        fake_store_write(path, told.availability[i]);
    }
    plugged_tell_again();
    if (told.elsewhere != 0)
        change_orders(&dice);
    if (told.lacks_memory)
        fake_arch.xen_has = 0;
    if (told.next_kib != 0)
        stored_trap(XS_READ, "control/shutdown", order_soon, NULL);
}

void toolstack_start(struct dice *dice)
{
    memset(&later, 0, sizeof(later));
    memset(&told, 0, sizeof(told));
    told.balloon_obeys = told.vcpus_obey = true;
    strcpy(told.target, "16384");
    strcpy(told.availability[1], "online");
    strcpy(told.availability[2], "offline");
    fake_store_write("control/shutdown", "");
    fake_store_write("memory/target", told.target);
    fake_store_write("cpu/1/availability", "online");
    fake_store_write("cpu/2/availability", "offline");
    toolstack_choose_outcome(dice);
}

void toolstack_tick(void)
{
    if (run_is_due(&later.withdrawal))
        withdraw();
    if (run_is_due(&later.suspend))
        write_request("suspend");
    if (run_is_due(&later.order))
        order_and_request();
}

void toolstack_heal(void)
{
    told.next_kib = 0;
    told.again = NULL;
    told.lacks_memory = false;
    memset(&later, 0, sizeof(later));
    told.elsewhere = 0; /* the VM may suspend still */
}

/* --- what others do ------------------------------------------------------- */

void toolstack_target_is_late(void)
{
    told.target_is_late = true;
}

void toolstack_excuse_balloon(void)
{
    told.balloon_obeys = false;
}

void toolstack_balloon_is_slow(void)
{
    told.balloon_is_slow = true;
}

void toolstack_excuse_vcpus(void)
{
    told.vcpus_obey = false;
}

/* --- what must hold ------------------------------------------------------- */

bool toolstack_wants_up(uint32_t vcpu)
{
    return strcmp(told.availability[vcpu], "online") == 0;
}

bool toolstack_vcpus_obey(void)
{
    return told.vcpus_obey && !stored_has_refused();
}

bool toolstack_pages_were_lost(void)
{
    return told.pages_were_lost;
}

static bool balloon_obeys(void)
{
    return told.balloon_obeys && !stored_has_refused();
}

bool toolstack_balloon_target(uint64_t *kib)
{
    *kib = strtoul(told.target, NULL, 10);
    return balloon_obeys();
}

uint64_t toolstack_size_for_suspend(void)
{
    const uint64_t kib = strtoul(told.target, NULL, 10);

    /* The VM cannot give all of its memory. */
    return balloon_obeys() && !told.balloon_is_slow && !told.target_is_late &&
                   kib >= 10240
               ? kib / 4 * 4
               : UINT64_MAX;
}
