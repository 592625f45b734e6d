/* SPDX-License-Identifier: MIT */
/*
 * deeds - the actions of the agents; see deeds.h.
 */
#include "tests/simulate/deeds.h"

#include <stddef.h>

#include "lib/macros.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/simulate/plugged.h"
#include "tests/simulate/stored.h"
#include "tests/simulate/tester.h"
#include "tests/simulate/toolstack.h"

/* --- the clock ------------------------------------------------------------ */

static void pass_time(struct dice *dice)
{
    const uint64_t ns = dice_spread(dice, 10 * 3600 * SECOND);

    run_say("    the VM gets no CPU for %lu ns", (unsigned long)ns);
    fake_arch.time_ns += ns;
    fake_arch.wall_ns += ns;
    toolstack_target_is_late(); /* the VM may be too late to follow it */
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

/* --- the store ------------------------------------------------------------ */

static void change_target(void)
{
    toolstack_order_target(12288);
}

static void ask_for_report(void)
{
    tester_say("{\"when\":\"now\",\"action\":\"report\"}");
}

static void ask_for_suspend(void)
{
    toolstack_request_suspend(NULL);
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
        {"cpu/1/availability", toolstack_turn_vcpu},
    };
    const uint32_t i = dice_below(dice, ARRAY_COUNT(reads));

    stored_trap(XS_READ, reads[i].path, reads[i].change, "ENOMEM");
    reads[i].change();
}

/* The VM's published nodes are removed, and the store does not tell the VM
 * whether they are there. */
static void refuse_own_read(struct dice *dice)
{
    stored_trap(XS_READ, "data/xen-test-vm/guest", NULL, "ENOMEM");
    stored_remove(dice);
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
    toolstack_excuse_vcpus(); /* the VM does not try again */
}

/* --- all of them ---------------------------------------------------------- */

/* Neighbours often matter together: run_draw() relies on it. */
const struct deed deeds[] = {
    {"console: choose how much is read", console_hunger},
    {"console: type", type},
    {"tester: write nonsense", tester_nonsense},
    {"tester: write a sysrq", tester_sysrq},
    {"Xen: send an NMI", nmi},
    {"tester: write messages without end", tester_messages_without_end},
    {"tester: command", tester_command},
    {"tester: command", tester_command},
    {"tester: command in control/testing", tester_control_command},
    {"tester: cancel the command", tester_cancel},
    {"toolstack: request", toolstack_request},
    {"toolstack: clear the request", toolstack_clear_request},
    {"toolstack: remove the request", toolstack_remove_request},
    {"toolstack: request, and withdraw the request",
     toolstack_request_and_withdraw},
    {"toolstack: request, and withdraw the request",
     toolstack_request_and_withdraw},
    {"toolstack: request a suspend by event channel", toolstack_suspend_event},
    {"toolstack: request a suspend", toolstack_request_suspend},
    {"toolstack: request a suspend, late, and another", toolstack_request_late},
    {"toolstack: choose how suspends end", toolstack_choose_outcome},
    {"toolstack: order a vCPU up or down", toolstack_set_vcpu},
    {"toolstack: order both vCPUs up or down", toolstack_set_vcpus},
    {"Xen: refuse vCPUs, or no more", refuse_vcpus},
    {"tester: keep a vCPU busy", tester_busy},
    {"toolstack: request a suspend, and again", toolstack_request_twice},
    {"toolstack: shrink, and request a suspend", toolstack_shrink_and_suspend},
    {"toolstack: choose how suspends end", toolstack_choose_outcome},
    {"tester: dirty", tester_dirty},
    {"tester: dirty, and lose the memory", tester_dirty_and_lose},
    {"tester: dirty, later", tester_dirty_later},
    {"tester: balloon in part", tester_partial_balloon},
    {"toolstack: set the memory target", toolstack_set_target},
    {"Xen: choose the free memory", choose_memory},
    {"tester: slow the balloon down", tester_slow_balloon},
    {"clock: wake the VM up late", wake_late},
    {"toolstack: set the memory target", toolstack_set_target},
    {"tester: slow the balloon down", tester_slow_balloon},
    {"clock: pass without the VM", pass_time},
    {"clock: go back", step_back},
    {"store: be silent for some steps", stored_be_silent},
    {"store: lose the connection", stored_lose_connection},
    {"store: refuse a read during a change", refuse_read},
    {"store: refuse a read of what was removed", refuse_own_read},
    {"store: commit before the VM does", stored_conflict},
    {"store: be updated, and forget all transactions", stored_update},
    {"toolstack: request a suspend", toolstack_request_suspend},
    {"store: refuse a path", stored_fail_path},
    {"store: accept every path again", stored_mend_path},
    {"toolstack: remove what the VM has published", stored_remove},
    {"store: refuse a kind of request", stored_fail_kind},
    {"store: accept every kind of request again", stored_mend_kind},
    {"store: have room for few nodes, or for all", stored_limit},
    {"store: lose the connection", stored_lose_connection},
    {"toolstack: plug a device", plugged_plug},
    {"tester: put the disk to work", tester_work_on_disk},
    {"backend: answer, or no more", plugged_pause},
    {"toolstack: unplug the device", plugged_unplug},
    {"toolstack: unplug the device while it connects", plugged_unplug_late},
    {"toolstack: move the device to another backend", plugged_move},
    {"toolstack: plug many devices", plugged_crowd},
    {"toolstack: plug a device", plugged_plug},
    {"backend: resize the disk", plugged_resize},
    {"tester: put the disk to work", tester_work_on_disk},
    {"backend: answer, or no more", plugged_pause},
    {"backend: set any state", plugged_set_backend},
    {"backend: break a rule", plugged_lie},
};
const uint32_t deed_count = ARRAY_COUNT(deeds);
_Static_assert(ARRAY_COUNT(deeds) <= DEED_COUNT, "run.c has room");

/* The VM is suspended. In the same domain, or before the new one begins, others
 * go on. */
static void while_suspended(void)
{
    toolstack_tell_again();
    run_pause();
}

void deeds_start(struct dice *dice)
{
    tester_start();
    plugged_start();
    stored_start();
    fake_host.away = while_suspended;
    toolstack_start(dice);
}

void deeds_tick(void)
{
    stored_tick();
    plugged_tick();
    toolstack_tick();
    tester_tick();
}

void deeds_heal(void)
{
    toolstack_heal();
    tester_start();
    stored_heal();
    fake_console.appetite = SIZE_MAX;
    fake_console_type(TEXT(""));
    fake_arch.xen_has = 1 << 20;
    fake_arch.up_error = 0;
    fake_arch.late_ns = 0;
    plugged_heal();
}
