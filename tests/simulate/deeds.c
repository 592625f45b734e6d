/* SPDX-License-Identifier: MIT */
/*
 * deeds - the actions of the agents; see deeds.h.
 */
#include "tests/simulate/deeds.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/macros.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/fake/tree.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/plugged.h"
#include "tests/simulate/stored.h"
#include "tests/simulate/words.h"

#define ONE_OF(dice, table) table[dice_below(dice, ARRAY_COUNT(table))]
#define SECOND              UINT64_C(1000000000)
#define TARGET_MAX          (UINT64_MAX - 6) /* the largest that the VM takes */

/* Deeds that are due later, as a number of steps; 0: none is. */
static struct {
    uint32_t withdrawal, suspend, vcpu;
    uint32_t messages; /* of those without end: how many are left */
    char request[64];  /* the request to withdraw */
} later;

/* The toolstack's orders, to be repeated to a new domain. */
static struct {
    char target[24];
    char availability[3][8];
    bool target_is_late; /* it is newer than the newest request */
    uint64_t elsewhere;  /* for a new domain: what is other there; 0: nothing */
    bool pages_were_lost;
    bool balloon_obeys, vcpus_obey; /* as far as testers permit */
    bool balloon_is_slow;
} told;

static void write_node(const char *path, const char *text)
{
    run_say("    %s = \"%s\"", path, text);
    fake_store_write(path, text);
}

/* --- the toolstack -------------------------------------------------------- */

/* If a request stands there already, the VM may be about to acknowledge that
 * one, and may not look at the target again. */
static void write_request(const char *text)
{
    told.target_is_late = !fake_store_holds("control/shutdown", "");
    write_node("control/shutdown", text);
}

static void request(struct dice *dice)
{
    static const char *const texts[] = {"suspend",  "suspend", "suspend",
                                        "poweroff", "reboot",  "halt",
                                        "crash",    "nonsense"};

    write_request(ONE_OF(dice, texts));
}

static void request_suspend(struct dice *dice)
{
    (void)dice;
    write_request("suspend");
}

/* A second time, perhaps too late for the suspend that is under way. */
static void request_twice(struct dice *dice)
{
    request_suspend(dice);
    later.suspend = 1 + (uint32_t)dice_spread(dice, 200);
}

static void clear_request(struct dice *dice)
{
    (void)dice;
    write_node("control/shutdown", "");
}

static void remove_request(struct dice *dice)
{
    (void)dice;
    run_say("    control/shutdown is removed");
    fake_store_remove("control/shutdown");
}

/* Like libxl, which withdraws a suspend in a transaction, if the node still
 * holds the request. */
static void request_and_withdraw(struct dice *dice)
{
    static const char *const texts[] = {"suspend", "poweroff", "reboot"};
    const char *text = ONE_OF(dice, texts);

    write_request(text);
    snprintf(later.request, sizeof(later.request), "%s", text);
    later.withdrawal = 1 + (uint32_t)dice_spread(dice, 200);
}

static void withdraw(void)
{
    if (!fake_store_holds("control/shutdown", later.request))
        return;
    run_say("    %s is taken back", later.request);
    fake_store_write("control/shutdown", "");
}

static void write_target(uint64_t kib)
{
    snprintf(told.target, sizeof(told.target), "%lu", (unsigned long)kib);
    told.target_is_late = true;
    write_node("memory/target", told.target);
}

static void set_target(struct dice *dice)
{
    static const uint64_t targets[] = {
        0, 4, 1024, 4096, 8192, 12288, 16384, 16380, 1 << 30, TARGET_MAX};

    write_target(dice_below(dice, 3) == 0 ? ONE_OF(dice, targets)
                                          : 8192 + dice_below(dice, 8192));
}

/* As one does who saves a VM that is larger than it should be. */
static void shrink_and_suspend(struct dice *dice)
{
    write_target(10240 + dice_below(dice, 4096));
    write_request("suspend");
}

static void write_vcpu(uint32_t vcpu, bool online)
{
    char path[32];

    snprintf(path, sizeof(path), "cpu/%u/availability", vcpu);
    strcpy(told.availability[vcpu], online ? "online" : "offline");
    if (!online)
        oracle_excuses_busy();
    write_node(path, told.availability[vcpu]);
}

static void set_vcpu(struct dice *dice)
{
    write_vcpu(1 + dice_below(dice, 2), dice_below(dice, 2) == 0);
}

/* Both, the first one some steps after the second: perhaps while the VM reads
 * what is wanted of the second. */
static void set_vcpus(struct dice *dice)
{
    write_vcpu(2, dice_below(dice, 2) == 0);
    later.vcpu = 1 + dice_below(dice, 40);
}

static void turn_vcpu(void)
{
    write_vcpu(1, strcmp(told.availability[1], "online") != 0);
}

/* Use the VM's own port for suspends, if it offers one. */
static void suspend_event(struct dice *dice)
{
    const char *port = fake_store_value("device/suspend/event-channel");

    (void)dice;
    if (!port)
        return;
    oracle_suspend_event();
    fake_raise((evtchn_port_t)strtoul(port, NULL, 10));
}

/* Choose how suspends end from now on. */
static void choose_outcome(struct dice *dice)
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
    run_say("    suspends end with %d", fake_host.outcome);
}

bool deeds_vcpus_obey(void)
{
    return told.vcpus_obey && !stored_has_refused();
}

bool deeds_pages_were_lost(void)
{
    return told.pages_were_lost;
}

static bool balloon_obeys(void)
{
    return told.balloon_obeys && !stored_has_refused();
}

bool deeds_balloon_target(uint64_t *kib)
{
    *kib = strtoul(told.target, NULL, 10);
    return balloon_obeys();
}

uint64_t deeds_size_for_suspend(void)
{
    const uint64_t kib = strtoul(told.target, NULL, 10);

    /* The VM cannot give all of its memory. */
    return balloon_obeys() && !told.balloon_is_slow && !told.target_is_late &&
                   kib >= 10240
               ? kib / 4 * 4
               : UINT64_MAX;
}

/* --- the clock ------------------------------------------------------------ */

static void pass_time(struct dice *dice)
{
    const uint64_t ns = dice_spread(dice, 10 * 3600 * SECOND);

    run_say("    the VM gets no CPU for %lu ns", (unsigned long)ns);
    fake_arch.time_ns += ns;
    fake_arch.wall_ns += ns;
    told.target_is_late = true; /* the VM may be too late to follow it */
}

/* The VM's time stands still until the host's has caught up. */
static void step_back(struct dice *dice)
{
    const uint64_t ns = dice_spread(dice, 60 * SECOND);

    run_say("    the system time goes back by %lu ns", (unsigned long)ns);
    fake_arch.time_ns -= MIN(ns, fake_arch.time_ns);
}

static void wake_late(struct dice *dice)
{
    fake_arch.late_ns = dice_spread(dice, 10 * 3600 * SECOND);
    run_say("    the next wake-up comes %lu ns late",
            (unsigned long)fake_arch.late_ns);
}

/* --- the tester ----------------------------------------------------------- */

static void say_command(struct dice *dice, const char *path)
{
    char text[1500];

    words_command(dice, text, sizeof(text));
    oracle_command(text);
    /* The tester may order a disk or a network to misbehave. */
    if (strstr(text, "\"frontend\""))
        plugged_meddle();
    if (strstr(text, "\"balloon\"") || strstr(text, "\"dirty\""))
        told.balloon_obeys = false;
    if (strstr(text, "\"vcpus\""))
        told.vcpus_obey = false;
    write_node(path, text);
}

static void command(struct dice *dice)
{
    say_command(dice, "data/testing");
}

static void control_command(struct dice *dice)
{
    say_command(dice, "control/testing");
}

static void cancel(struct dice *dice)
{
    (void)dice;
    write_node("data/testing", "{\"when\":\"now\",\"action\":\"ignore\"}");
}

/* A command that is random only in its numbers. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char text[200];
    va_list numbers;

    va_start(numbers, format);
    vsnprintf(text, sizeof(text), format, numbers);
    va_end(numbers);
    oracle_command(text);
    write_node("data/testing", text);
}

/* A slow balloon still follows the target, only later. */
static void slow_balloon(struct dice *dice)
{
    told.balloon_is_slow = true;
    say("{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"slow\","
        "\"kib_per_s\":%u}",
        64 + (uint32_t)dice_spread(dice, 1 << 20));
    if (dice_below(dice, 2) == 0) {
        write_target(8192 + dice_below(dice, 8192));
        wake_late(dice);
        fake_arch.late_ns += SECOND;
    }
}

static void partial_balloon(struct dice *dice)
{
    told.balloon_obeys = false;
    say("{\"when\":\"now\",\"action\":\"balloon\","
        "\"mode\":\"partial\",\"percent\":%u}",
        1 + dice_below(dice, 99));
    if (dice_below(dice, 2) == 0)
        write_target(TARGET_MAX);
}

/* So late that the memory may have gone by then. */
static void dirty_later(struct dice *dice)
{
    told.balloon_obeys = false;
    say("{\"when\":\"now\",\"action_delay_ms\":%u,\"action\":\"dirty\","
        "\"mib\":%u}",
        1 + (uint32_t)dice_spread(dice, 60000), 4 + dice_below(dice, 4));
}

/* Still at work when the VM suspends. */
static void dirty(struct dice *dice)
{
    told.balloon_obeys = false;
    say("{\"when\":\"now\",\"action\":\"dirty\",\"mib\":%u,\"mib_per_s\":%u}",
        4 + dice_below(dice, 4), (uint32_t)dice_spread(dice, 1000));
}

/* The next message is there as soon as the VM has acknowledged one. */
static void messages_without_end(struct dice *dice)
{
    later.messages = 40 + (uint32_t)dice_spread(dice, 200);
}

static void next_message(void)
{
    if (!fake_store_holds("data/testing", ""))
        return;
    later.messages--;
    oracle_message();
    say("{\"when\":\"now\",\"action\":\"report\"}");
}

/* With much to do, so that other work often takes its place. */
static void work_on_disk(struct dice *dice)
{
    say(dice_below(dice, 2) == 0
            ? "{\"when\":\"now\",\"action\":\"disk\",\"device\":\"vbd/51712\","
              "\"op\":\"write\",\"mib\":1}"
            : "{\"when\":\"now\",\"action\":\"flood\",\"bytes\":2}");
}

/* Perhaps of a vCPU that is not up yet: the toolstack has just ordered it. */
static void busy(struct dice *dice)
{
    if (fake_arch.vcpu_count < 2)
        return;
    if (dice_below(dice, 2) == 0)
        write_vcpu(1, true);
    say("{\"when\":\"now\",\"action\":\"busy\",\"vcpu\":1,\"seconds\":0,"
        "\"id\":\"busy%u\"}",
        oracle_busy(strcmp(told.availability[1], "online") == 0));
}

static void nonsense(struct dice *dice)
{
    static const char *const texts[] = {
        "", "{", "[]", "[{}]", "{\"when\":1}", "\xff\xfe", "null", "suspend"};

    write_node(dice_below(dice, 2) == 0 ? "data/testing" : "control/testing",
               ONE_OF(dice, texts));
}

static void sysrq(struct dice *dice)
{
    static const char *const texts[] = {"h", "b", "", "cc", "s"};

    write_node("control/sysrq", ONE_OF(dice, texts));
}

/* --- the store ------------------------------------------------------------ */

static void change_target(void)
{
    write_target(12288);
}

static void ask_for_report(void)
{
    say("{\"when\":\"now\",\"action\":\"report\"}");
}

static void ask_for_suspend(void)
{
    write_request("suspend");
}

/* A node changes twice, and the store refuses the read in between. The VM must
 * read again, because of the second event. */
static void refuse_read(struct dice *dice)
{
    static const struct {
        const char *path;
        void (*change)(void);
    } reads[] = {
        {"memory/target", change_target},
        {"data/testing", ask_for_report},
        {"control/shutdown", ask_for_suspend},
        {"cpu/1/availability", turn_vcpu},
    };
    const uint32_t i = dice_below(dice, ARRAY_COUNT(reads));

    stored_refuse_read(reads[i].path, reads[i].change);
    reads[i].change();
}

/* --- console and hypervisor ----------------------------------------------- */

static void console_hunger(struct dice *dice)
{
    static const size_t appetites[] = {0, 0, 1, 100, 3000, SIZE_MAX};

    fake_console.appetite = ONE_OF(dice, appetites);
    fake_console_type(TEXT("")); /* the daemon looks at its ring */
}

static void type(struct dice *dice)
{
    static const char text[] = "a line that somebody types\n";

    fake_console_type((struct text){text, dice_below(dice, sizeof(text))});
}

static void nmi(struct dice *dice)
{
    (void)dice;
    fake_arch.nmi = true;
}

static void choose_memory(struct dice *dice)
{
    fake_arch.xen_has = dice_spread(dice, 4000);
    run_say("    Xen has %lu pages", (unsigned long)fake_arch.xen_has);
}

static void refuse_vcpus(struct dice *dice)
{
    fake_arch.up_error = dice_below(dice, 2) == 0 ? 0 : -12;
    told.vcpus_obey = false; /* the VM does not try again */
}

/* --- all of them ---------------------------------------------------------- */

/* Neighbours often matter together: run_draw() relies on it. */
const struct deed deeds[] = {
    {"console: choose how much is read", console_hunger},
    {"console: type", type},
    {"tester: write nonsense", nonsense},
    {"tester: write a sysrq", sysrq},
    {"Xen: send an NMI", nmi},
    {"tester: write messages without end", messages_without_end},
    {"tester: command", command},
    {"tester: command", command},
    {"tester: command in control/testing", control_command},
    {"tester: cancel the command", cancel},
    {"toolstack: request", request},
    {"toolstack: clear the request", clear_request},
    {"toolstack: remove the request", remove_request},
    {"toolstack: request, and withdraw the request", request_and_withdraw},
    {"toolstack: request, and withdraw the request", request_and_withdraw},
    {"toolstack: request a suspend by event channel", suspend_event},
    {"toolstack: request a suspend", request_suspend},
    {"toolstack: choose how suspends end", choose_outcome},
    {"toolstack: order a vCPU up or down", set_vcpu},
    {"toolstack: order both vCPUs up or down", set_vcpus},
    {"Xen: refuse vCPUs, or no more", refuse_vcpus},
    {"tester: keep a vCPU busy", busy},
    {"toolstack: request a suspend, and again", request_twice},
    {"toolstack: shrink, and request a suspend", shrink_and_suspend},
    {"toolstack: choose how suspends end", choose_outcome},
    {"tester: dirty", dirty},
    {"tester: dirty, later", dirty_later},
    {"tester: balloon in part", partial_balloon},
    {"toolstack: set the memory target", set_target},
    {"Xen: choose the free memory", choose_memory},
    {"tester: slow the balloon down", slow_balloon},
    {"clock: wake the VM up late", wake_late},
    {"toolstack: set the memory target", set_target},
    {"tester: slow the balloon down", slow_balloon},
    {"clock: pass without the VM", pass_time},
    {"clock: go back", step_back},
    {"store: be silent for some steps", stored_be_silent},
    {"store: lose the connection", stored_lose_connection},
    {"store: refuse a read during a change", refuse_read},
    {"store: commit before the VM does", stored_conflict},
    {"toolstack: request a suspend", request_suspend},
    {"store: refuse a path", stored_fail_path},
    {"store: accept every path again", stored_mend_path},
    {"toolstack: remove what the VM has published", stored_remove},
    {"store: refuse a kind of request", stored_fail_kind},
    {"store: accept every kind of request again", stored_mend_kind},
    {"store: have room for few nodes, or for all", stored_limit},
    {"store: lose the connection", stored_lose_connection},
    {"toolstack: plug a device", plugged_plug},
    {"tester: put the disk to work", work_on_disk},
    {"backend: answer, or no more", plugged_pause},
    {"toolstack: unplug the device", plugged_unplug},
    {"toolstack: move the device to another backend", plugged_move},
    {"toolstack: plug many devices", plugged_crowd},
    {"toolstack: plug a device", plugged_plug},
    {"backend: resize the disk", plugged_resize},
    {"tester: put the disk to work", work_on_disk},
    {"backend: answer, or no more", plugged_pause},
    {"backend: set any state", plugged_set_backend},
    {"backend: break a rule", plugged_lie},
};
const uint32_t deed_count = ARRAY_COUNT(deeds);
_Static_assert(ARRAY_COUNT(deeds) <= DEED_COUNT, "run.c has room");

/* Each restore may be to another host, by another configuration. */
static void change_orders(struct dice *dice)
{
    write_target(10240 + dice_below(dice, 6144));
    for (uint32_t i = 1; i < ARRAY_COUNT(told.availability); i++)
        write_vcpu(i, dice_below(dice, 2) == 0);
    fake_arch.vcpu_count = MAX(fake_arch.vcpu_count, 1 + dice_below(dice, 3));
    fake_arch.xen_has = dice_spread(dice, 4000);
    fake_tree_newest_first = dice_below(dice, 2) == 0;
    fake_store.watch_max =
        dice_below(dice, 4) == 0 ? 1 + dice_below(dice, 4) : 0;
    if (dice_below(dice, 2) == 0)
        fake_store_read_only("control/feature-shutdown");
    run_say("    the new domain has other orders, on another host");
}

/* A new domain gets the orders of the old one, or others. */
static void tell_again(void)
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
}

/* The VM is suspended. In the same domain, or before the new one begins, others
 * go on. */
static void while_suspended(void)
{
    tell_again();
    run_pause();
}

void deeds_start(struct dice *dice)
{
    memset(&later, 0, sizeof(later));
    memset(&told, 0, sizeof(told));
    told.balloon_obeys = told.vcpus_obey = true;
    strcpy(told.target, "16384");
    strcpy(told.availability[1], "online");
    strcpy(told.availability[2], "offline");
    plugged_start();
    stored_start();
    fake_host.away = while_suspended;
    fake_store_write("control/shutdown", "");
    fake_store_write("memory/target", told.target);
    fake_store_write("cpu/1/availability", "online");
    fake_store_write("cpu/2/availability", "offline");
    choose_outcome(dice);
}

/* True when the last of the steps has passed. */
static bool is_due(uint32_t *steps)
{
    return *steps > 0 && --*steps == 0;
}

void deeds_tick(void)
{
    stored_tick();
    plugged_tick();
    if (is_due(&later.withdrawal))
        withdraw();
    if (is_due(&later.suspend))
        write_request("suspend");
    if (is_due(&later.vcpu))
        turn_vcpu();
    if (later.messages > 0)
        next_message();
}

void deeds_heal(void)
{
    memset(&later, 0, sizeof(later));
    stored_heal();
    fake_console.appetite = SIZE_MAX;
    fake_console_type(TEXT(""));
    told.elsewhere = 0; /* the VM may suspend still */
    fake_arch.xen_has = 1 << 20;
    fake_arch.up_error = 0;
    fake_arch.late_ns = 0;
    plugged_heal();
}
