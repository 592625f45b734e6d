/* SPDX-License-Identifier: MIT */
/*
 * deeds - the actions of the agents; see deeds.h.
 */
#include "tests/simulate/deeds.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "lib/macros.h"
#include "tests/fake/backend.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/fake/tree.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/words.h"

#define ONE_OF(dice, table) table[dice_below(dice, ARRAY_COUNT(table))]
#define SECOND              UINT64_C(1000000000)

/* Deeds that are due later, as a number of steps; 0: none is. */
static struct {
    uint32_t withdrawal, voice;
    char request[64]; /* the request to withdraw */
} later;

/* The toolstack's orders, to be repeated to a new domain. */
static struct {
    char target[24];
    char availability[3][8];
    const char *device; /* null: no device is plugged */
    bool meddled;       /* it may be disconnected now */
    bool store_was_full;
    bool balloon_obeys, vcpus_obey; /* as far as testers permit */
} told;

static void write_node(const char *path, const char *text)
{
    run_say("    %s = \"%s\"", path, text);
    fake_store_write(path, text);
}

/* --- the toolstack -------------------------------------------------------- */

static void request(struct dice *dice)
{
    static const char *const texts[] = {"suspend",  "suspend", "suspend",
                                        "poweroff", "reboot",  "halt",
                                        "crash",    "nonsense"};

    write_node("control/shutdown", ONE_OF(dice, texts));
}

static void request_suspend(struct dice *dice)
{
    (void)dice;
    write_node("control/shutdown", "suspend");
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

    write_node("control/shutdown", text);
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

static void set_target(struct dice *dice)
{
    static const uint64_t targets[] = {
        0, 4, 1024, 4096, 8192, 12288, 16384, 16380, 1 << 30, UINT64_MAX};
    const uint64_t kib = dice_below(dice, 3) == 0
                             ? ONE_OF(dice, targets)
                             : 8192 + dice_below(dice, 8192);

    snprintf(told.target, sizeof(told.target), "%lu", (unsigned long)kib);
    write_node("memory/target", told.target);
}

static void set_vcpu(struct dice *dice)
{
    static const char *const words[] = {"online", "offline"};
    const uint32_t vcpu = 1 + dice_below(dice, 2);
    char path[32];

    snprintf(path, sizeof(path), "cpu/%u/availability", vcpu);
    strcpy(told.availability[vcpu], ONE_OF(dice, words));
    oracle_vcpus_change();
    write_node(path, told.availability[vcpu]);
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
    run_say("    suspends end with %d", fake_host.outcome);
}

/* --- devices -------------------------------------------------------------- */

static void plug(struct dice *dice)
{
    if (told.device)
        return;
    told.device = dice_below(dice, 2) == 0 ? "vbd" : "vif";
    run_say("    %s", told.device);
    fake_backend_start(told.device, told.device[1] == 'b' ? 51712 : 0,
                       XenbusStateInitWait);
}

void deeds_unplug(void)
{
    if (!told.device)
        return;
    fake_backend_remove();
    fake_backend.type = NULL;
    told.device = NULL;
}

static void unplug(struct dice *dice)
{
    (void)dice;
    deeds_unplug();
}

void deeds_check_device(void)
{
    if (told.device && !told.meddled && !fake_backend.refused &&
        (!fake_backend_is(XenbusStateConnected) ||
         fake_frontend_state() != XenbusStateConnected))
        run_fail("the %s is not connected: state %u", told.device,
                 fake_frontend_state());
}

bool deeds_store_was_full(void)
{
    return told.store_was_full;
}

bool deeds_vcpus_obey(void)
{
    return told.vcpus_obey;
}

bool deeds_balloon_target(uint64_t *kib)
{
    *kib = strtoul(told.target, NULL, 10);
    return told.balloon_obeys;
}

static void set_backend(struct dice *dice)
{
    if (!told.device)
        return;
    fake_backend_set(dice_below(dice, XenbusStateReconfigured + 1));
    told.meddled = true;
}

/* --- the tester ----------------------------------------------------------- */

static void say_command(struct dice *dice, const char *path)
{
    char text[1500];

    words_command(dice, text, sizeof(text));
    oracle_command(text);
    /* The tester may order a disk or a network to misbehave. */
    told.meddled = told.meddled || strstr(text, "\"frontend\"");
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

/* A slow balloon still follows the target, only later. */
static void slow_balloon(struct dice *dice)
{
    char text[100];

    snprintf(text, sizeof(text),
             "{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"slow\","
             "\"kib_per_s\":%u}",
             64 + (uint32_t)dice_spread(dice, 1 << 20));
    oracle_command(text);
    write_node("data/testing", text);
}

static void busy(struct dice *dice)
{
    (void)dice;
    if (fake_arch.vcpu_count < 2)
        return;
    oracle_busy();
    write_node("data/testing", "{\"when\":\"now\",\"action\":\"busy\","
                               "\"vcpu\":1,\"seconds\":0,\"id\":\"busy\"}");
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

static bool is_about_room(void)
{
    return strcmp(fake_store.failing_with, "EQUOTA") == 0 ||
           strcmp(fake_store.failing_with, "ENOSPC") == 0;
}

static void fail_path(struct dice *dice)
{
    static const char *const paths[] = {
        "data/xen-test-vm/state", "data/xen-test-vm/reply",
        "data/testing",           "data/meminfo_free",
        "memory/target",          "device/vbd/51712/state",
        "control/shutdown"};
    static const char *const errors[] = {"EACCES", "EQUOTA", "EAGAIN",
                                         "ENOSPC", "EINVAL", "EIO"};

    fake_store.failing_path = ONE_OF(dice, paths);
    fake_store.failing_with = ONE_OF(dice, errors);
    run_say("    %s: %s", fake_store.failing_path, fake_store.failing_with);
    told.store_was_full = told.store_was_full || is_about_room();
    oracle_gives_up_acknowledgements();
    told.meddled = true;
    told.balloon_obeys = told.vcpus_obey = false;
}

/* For example a quota: no more transactions, or no more watches. */
static void fail_kind(struct dice *dice)
{
    static const uint32_t kinds[] = {
        XS_TRANSACTION_START, XS_TRANSACTION_END, XS_WATCH, XS_UNWATCH, XS_RM,
        XS_DIRECTORY};
    static const char *const errors[] = {"ENOSPC", "EQUOTA", "EAGAIN", "E2BIG"};

    fake_store.failing_type = ONE_OF(dice, kinds);
    fake_store.failing_with = ONE_OF(dice, errors);
    run_say("    requests of kind %u: %s", fake_store.failing_type,
            fake_store.failing_with);
    told.store_was_full = told.store_was_full || is_about_room();
    oracle_gives_up_acknowledgements();
    told.meddled = true;
    told.balloon_obeys = told.vcpus_obey = false;
}

/* Somebody removes everything that the VM has published. */
static void remove_data(struct dice *dice)
{
    (void)dice;
    run_say("    data is removed");
    fake_store_remove("data");
    fake_store_write("data", "");
}

static void mend_kind(struct dice *dice)
{
    (void)dice;
    fake_store.failing_type = 0;
}

static void mend_path(struct dice *dice)
{
    (void)dice;
    fake_store.failing_path = NULL;
}

/* The daemon is away for some steps. */
static void silence(struct dice *dice)
{
    fake_store.silent = true;
    later.voice = 1 + (uint32_t)dice_spread(dice, 500);
}

static void voice(void)
{
    fake_store.silent = false;
    fake_store_wake();
}

/* The daemon sends nonsense, and offers a new connection. Not before the VM has
 * begun: at its start the VM skips everything in the ring. */
static void lose_connection(struct dice *dice)
{
    (void)dice;
    if (fake_store_page->connection != XENSTORE_CONNECTED ||
        fake_store.request_count == 0)
        return;
    fake_store_offer();
    fake_store_garble();
    oracle_gives_up_acknowledgements();
    oracle_vcpus_change(); /* the VM may not know yet what is wanted */
}

/* --- console, clock, hypervisor ------------------------------------------- */

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

static void pass_time(struct dice *dice)
{
    const uint64_t ns = dice_spread(dice, 10 * 3600 * SECOND);

    run_say("    the VM gets no CPU for %lu ns", (unsigned long)ns);
    fake_arch.time_ns += ns;
    fake_arch.wall_ns += ns;
}

static void wake_late(struct dice *dice)
{
    fake_arch.late_ns = dice_spread(dice, 10 * 3600 * SECOND);
    run_say("    the next wake-up comes %lu ns late",
            (unsigned long)fake_arch.late_ns);
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
    oracle_vcpus_change();
}

/* --- all of them ---------------------------------------------------------- */

const struct deed deeds[] = {
    {"toolstack: request", request},
    {"toolstack: request a suspend", request_suspend},
    {"toolstack: clear the request", clear_request},
    {"toolstack: remove the request", remove_request},
    {"toolstack: request, and withdraw the request", request_and_withdraw},
    {"toolstack: request, and withdraw the request", request_and_withdraw},
    {"toolstack: set the memory target", set_target},
    {"toolstack: set the memory target", set_target},
    {"toolstack: order a vCPU up or down", set_vcpu},
    {"toolstack: choose how suspends end", choose_outcome},
    {"toolstack: request a suspend by event channel", suspend_event},
    {"toolstack: plug a device", plug},
    {"toolstack: unplug the device", unplug},
    {"backend: set any state", set_backend},
    {"tester: command", command},
    {"tester: command", command},
    {"tester: command in control/testing", control_command},
    {"tester: cancel the command", cancel},
    {"tester: slow the balloon down", slow_balloon},
    {"tester: slow the balloon down", slow_balloon},
    {"tester: keep a vCPU busy", busy},
    {"tester: write nonsense", nonsense},
    {"tester: write a sysrq", sysrq},
    {"store: refuse a path", fail_path},
    {"store: accept every path again", mend_path},
    {"store: refuse a kind of request", fail_kind},
    {"store: accept every kind of request again", mend_kind},
    {"store: be silent for some steps", silence},
    {"store: lose the connection", lose_connection},
    {"toolstack: remove what the VM has published", remove_data},
    {"console: choose how much is read", console_hunger},
    {"console: type", type},
    {"clock: pass without the VM", pass_time},
    {"clock: wake the VM up late", wake_late},
    {"Xen: choose the free memory", choose_memory},
    {"Xen: refuse vCPUs, or no more", refuse_vcpus},
};
const uint32_t deed_count = ARRAY_COUNT(deeds);
_Static_assert(ARRAY_COUNT(deeds) <= DEED_COUNT, "run.c has room");

/* A new domain gets the orders of the old one. */
static void tell_again(void)
{
    char path[32];

    if (fake_host.outcome != ARCH_RESUMED)
        return;
    fake_store_write("control/shutdown", "");
    fake_store_write("memory/target", told.target);
    for (unsigned int i = 1; i < ARRAY_COUNT(told.availability); i++) {
        snprintf(path, sizeof(path), "cpu/%u/availability", i);
        fake_store_write(path, told.availability[i]);
    }
    if (!told.device)
        return;
    fake_backend_start(told.device, told.device[1] == 'b' ? 51712 : 0,
                       XenbusStateInitWait);
}

void deeds_start(void)
{
    memset(&later, 0, sizeof(later));
    memset(&told, 0, sizeof(told));
    told.balloon_obeys = told.vcpus_obey = true;
    strcpy(told.target, "16384");
    strcpy(told.availability[1], "online");
    strcpy(told.availability[2], "offline");
    fake_backend.type = NULL;
    fake_host.outcome = ARCH_CANCELLED;
    fake_host.away = tell_again;
    tell_again();
    fake_store_write("control/shutdown", "");
    fake_store_write("memory/target", told.target);
    fake_store_write("cpu/1/availability", "online");
    fake_store_write("cpu/2/availability", "offline");
}

/* True when the last of the steps has passed. */
static bool is_due(uint32_t *steps)
{
    return *steps > 0 && --*steps == 0;
}

void deeds_tick(void)
{
    if (is_due(&later.withdrawal))
        withdraw();
    if (is_due(&later.voice))
        voice();
}

void deeds_heal(void)
{
    memset(&later, 0, sizeof(later));
    fake_store.failing_path = NULL;
    fake_store.failing_type = 0;
    voice();
    fake_console.appetite = SIZE_MAX;
    fake_console_type(TEXT(""));
    fake_arch.xen_has = 1 << 20;
    fake_arch.up_error = 0;
    fake_arch.late_ns = 0;
}
