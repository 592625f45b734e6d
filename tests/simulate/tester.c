/* SPDX-License-Identifier: MIT */
/*
 * tester - commands and messages; see tester.h.
 */
#include "tests/simulate/tester.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/macros.h"
#include "tests/fake/host.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/plugged.h"
#include "tests/simulate/toolstack.h"
#include "tests/simulate/words.h"

static uint32_t messages_left; /* of those without end */

static void say_command(struct dice *dice, const char *path)
{
    char text[1500];

    words_command(dice, text, sizeof(text));
    oracle_command(text);
    /* The tester may order a disk or a network to misbehave. */
    if (strstr(text, "\"frontend\""))
        plugged_meddle();
    if (strstr(text, "\"balloon\"") || strstr(text, "\"dirty\""))
        toolstack_excuse_balloon();
    if (strstr(text, "\"vcpus\""))
        toolstack_excuse_vcpus();
    run_write(path, text);
}

void tester_command(struct dice *dice)
{
    say_command(dice, "data/testing");
}

void tester_control_command(struct dice *dice)
{
    say_command(dice, "control/testing");
}

void tester_cancel(struct dice *dice)
{
    (void)dice;
    run_write("data/testing", "{\"when\":\"now\",\"action\":\"ignore\"}");
}

/* A command that is random only in its numbers. */
void tester_say(const char *format, ...)
{
    char text[200];
    va_list numbers;

    va_start(numbers, format);
    vsnprintf(text, sizeof(text), format, numbers);
    va_end(numbers);
    oracle_command(text);
    run_write("data/testing", text);
}

/* A slow balloon still follows the target, only later. */
void tester_slow_balloon(struct dice *dice)
{
    toolstack_balloon_is_slow();
    tester_say("{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"slow\","
               "\"kib_per_s\":%u}",
               64 + (uint32_t)dice_spread(dice, 1 << 20));
    if (dice_below(dice, 2) == 0) {
        toolstack_order_target(8192 + dice_below(dice, 8192));
        fake_arch.late_ns = SECOND + dice_spread(dice, 10 * 3600 * SECOND);
        run_say("    the next wake-up comes %lu ns late",
                (unsigned long)fake_arch.late_ns);
    }
}

void tester_partial_balloon(struct dice *dice)
{
    toolstack_excuse_balloon();
    tester_say("{\"when\":\"now\",\"action\":\"balloon\","
               "\"mode\":\"partial\",\"percent\":%u}",
               1 + dice_below(dice, 99));
    if (dice_below(dice, 2) == 0)
        toolstack_order_target(TARGET_MAX);
}

/* The action is so late that the memory may have gone by then. */
void tester_dirty_later(struct dice *dice)
{
    toolstack_excuse_balloon();
    tester_say("{\"when\":\"now\",\"action_delay_ms\":%u,\"action\":\"dirty\","
               "\"mib\":%u}",
               1 + (uint32_t)dice_spread(dice, 60000), 4 + dice_below(dice, 4));
}

/* This work is still running when the VM suspends. */
void tester_dirty(struct dice *dice)
{
    toolstack_excuse_balloon();
    tester_say(
        "{\"when\":\"now\",\"action\":\"dirty\",\"mib\":%u,\"mib_per_s\":%u}",
        4 + dice_below(dice, 4), (uint32_t)dice_spread(dice, 1000));
}

/* This work is still running when the VM gets into a domain that lacks the
 * memory. */
void tester_dirty_and_lose(struct dice *dice)
{
    tester_dirty(dice);
    toolstack_suspend_and_lose(dice);
}

/* The next message is there as soon as the VM has acknowledged one. */
void tester_messages_without_end(struct dice *dice)
{
    messages_left = 40 + (uint32_t)dice_spread(dice, 200);
}

static void next_message(void)
{
    if (!fake_store_holds("data/testing", ""))
        return;
    messages_left--;
    oracle_message();
    tester_say("{\"when\":\"now\",\"action\":\"report\"}");
}

/* The VM gets much work, so that newer work often replaces older work. */
void tester_work_on_disk(struct dice *dice)
{
    plugged_need_disk();
    tester_say(
        dice_below(dice, 2) == 0
            ? "{\"when\":\"now\",\"action\":\"disk\",\"device\":\"vbd/51712\","
              "\"op\":\"write\",\"mib\":1}"
            : "{\"when\":\"now\",\"action\":\"flood\",\"bytes\":2}");
}

/* Perhaps the vCPU is not up yet: the toolstack has just ordered it up. */
void tester_busy(struct dice *dice)
{
    uint32_t vcpu;

    if (fake_arch.vcpu_count < 2)
        return;
    vcpu = 1 + dice_below(dice, fake_arch.vcpu_count - 1);
    if (dice_below(dice, 2) == 0)
        toolstack_order_vcpu(vcpu, true);
    if (dice_below(dice, 2) == 0)
        plugged_stir();
    tester_say("{\"when\":\"now\",\"action\":\"busy\",\"vcpu\":%u,"
               "\"seconds\":0,\"id\":\"busy%u\"}",
               vcpu, oracle_busy(toolstack_wants_up(vcpu)));
}

void tester_nonsense(struct dice *dice)
{
    static const char *const texts[] = {
        "", "{", "[]", "[{}]", "{\"when\":1}", "\xff\xfe", "null", "suspend"};

    run_write(dice_below(dice, 2) == 0 ? "data/testing" : "control/testing",
              ONE_OF(dice, texts));
}

void tester_sysrq(struct dice *dice)
{
    static const char *const texts[] = {"h", "b", "", "cc", "s"};

    run_write("control/sysrq", ONE_OF(dice, texts));
}

void tester_start(void)
{
    messages_left = 0;
}

void tester_tick(void)
{
    if (messages_left > 0)
        next_message();
}
