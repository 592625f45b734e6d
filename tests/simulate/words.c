/* SPDX-License-Identifier: MIT */
/*
 * words - random commands and programs; see words.h.
 */
#include "tests/simulate/words.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "decide/action.h"
#include "decide/command.h"
#include "decide/language.h"
#include "lib/macros.h"
#include "tests/fake/console.h"
#include "tests/fake/store.h"

struct page {
    char *text;
    size_t max, size;
};

static void add(struct page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add(struct page *page, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(page->text + page->size, page->max - page->size, format,
                     arguments);
    va_end(arguments);
    page->size += (size_t)size < page->max - page->size
                      ? (size_t)size
                      : page->max - page->size - 1;
}

/* Actions that end the VM. They are rare, because nothing can be tested in a
 * run after one of them. "hang" and "spin" are never said: the run would not
 * end. */
static void add_end(struct dice *dice, struct page *page)
{
    static const char *const ends[] = {
        "\"poweroff\"", "\"reboot\"", "\"halt\"",       "\"crash\"",
        "\"watchdog\"", "\"fault\"",  "\"soft-reset\"", "\"exit\",\"code\":77"};

    add(page, "\"action\":%s", ONE_OF(dice, ends));
}

/* Few tries: the store of the simulator is small. From now on the guest may
 * break the rings of its console and its store. */
static void add_attack(struct dice *dice, struct page *page)
{
    fake_console.forgives = true;
    fake_store.offended = FAKE_STORE_FORGIVES;
    add(page,
        "\"action\":\"attack\",\"mode\":\"%s\",\"tries\":%u,\"seconds\":%u",
        language_attacks[dice_below(dice, ATTACK_COUNT)],
        1 + dice_below(dice, 16), (uint32_t)dice_spread(dice, UINT32_MAX));
}

static void add_hypercall(struct dice *dice, struct page *page)
{
    static const char *const operands[] = {"", "4 page", "page+32 1 9 0x7ff0",
                                           "0xffffffffffffffff 0 page+4095"};

    add(page,
        "\"action\":\"hypercall\",\"number\":%u,\"args\":\"%s\","
        "\"page\":\"%s\",\"tries\":%u",
        (uint32_t)dice_spread(dice, UINT32_MAX), ONE_OF(dice, operands),
        ONE_OF(dice, operands), 1 + (uint32_t)dice_spread(dice, 300));
}

static void add_work(struct dice *dice, struct page *page)
{
    switch (dice_below(dice, 8)) {
    case 0:
        add(page,
            "\"action\":\"dirty\",\"mib\":%u,\"mib_per_s\":%u,"
            "\"seconds\":%u",
            1 + dice_below(dice, 8), (uint32_t)dice_spread(dice, UINT32_MAX),
            (uint32_t)dice_spread(dice, 100));
        break;
    case 1:
        add(page, "\"action\":\"flood\",\"bytes\":%u",
            2 + (uint32_t)dice_spread(dice, 20000));
        break;
    case 2:
        add(page, "\"action\":\"storm\",\"writes\":%u",
            1 + (uint32_t)dice_spread(dice, 300));
        break;
    case 3:
        add(page, "\"action\":\"busy\",\"vcpu\":%u,\"seconds\":%u",
            1 + dice_below(dice, 2), (uint32_t)dice_spread(dice, UINT32_MAX));
        break;
    case 4:
        add(page,
            "\"action\":\"disk\",\"device\":\"vbd/51712\",\"op\":\"%s\","
            "\"mib\":%u",
            dice_below(dice, 2) == 0 ? "write" : "verify",
            1 + dice_below(dice, 2));
        break;
    case 5:
        add_attack(dice, page);
        break;
    case 6:
        add_hypercall(dice, page);
        break;
    default:
        add(page, "\"action\":\"transmit\",\"device\":\"vif/0\",\"frames\":%u",
            1 + (uint32_t)dice_spread(dice, 100));
        break;
    }
}

static void add_behaviour(struct dice *dice, struct page *page)
{
    static const char *const balloons[] = {"obey", "refuse", "oscillate",
                                           "stuck"};
    static const char *const modes[] = {"obey",       "never-connect",
                                        "close-late", "refuse-close",
                                        "disconnect", "corrupt"};
    static const char *const vcpus[] = {"obey", "refuse", "late"};

    switch (dice_below(dice, 5)) {
    case 0:
        add(page, "\"action\":\"balloon\",\"mode\":\"slow\",\"kib_per_s\":%u",
            1 + (uint32_t)dice_spread(dice, UINT32_MAX - 1));
        break;
    case 1:
        add(page, "\"action\":\"balloon\",\"mode\":\"partial\",\"percent\":%u",
            1 + dice_below(dice, 100));
        break;
    case 2:
        add(page, "\"action\":\"balloon\",\"mode\":\"%s\"",
            ONE_OF(dice, balloons));
        break;
    case 3:
        add(page,
            "\"action\":\"frontend\",\"device\":\"%s\",\"mode\":\"%s\","
            "\"seconds\":%u",
            dice_below(dice, 2) == 0 ? "vbd/51712" : "vif/0",
            ONE_OF(dice, modes), (uint32_t)dice_spread(dice, UINT32_MAX));
        break;
    default:
        add(page, "\"action\":\"vcpus\",\"mode\":\"%s\",\"seconds\":%u",
            ONE_OF(dice, vcpus), (uint32_t)dice_spread(dice, UINT32_MAX));
        break;
    }
}

/* Actions that are done at once, and after which the VM is as before. */
static void add_quick(struct dice *dice, struct page *page)
{
    static const char *const quick[] = {
        "\"report\"",
        "\"capabilities\"",
        "\"write\",\"path\":\"data/note\",\"value\":\"poor\"",
        "\"remove\",\"path\":\"data/note\"",
        "\"write\",\"path\":\"/local/domain/0/note\",\"value\":\"\"",
        "\"address\",\"device\":\"vif/0\",\"ip\":\"192.0.2.7\""};

    add(page, "\"action\":%s", ONE_OF(dice, quick));
}

static void add_action(struct dice *dice, struct page *page)
{
    switch (dice_below(dice, 8)) {
    case 0:
        add_end(dice, page);
        break;
    case 1:
    case 2:
        add_work(dice, page);
        break;
    case 3:
    case 4:
        add_behaviour(dice, page);
        break;
    case 5:
        add(page, "\"action\":\"suspend\"");
        break;
    case 6:
        add_quick(dice, page);
        break;
    default:
        add(page, "\"action\":\"ignore\"");
        break;
    }
}

static void add_onshutdown(struct dice *dice, struct page *page)
{
    static const char *const acks[] = {"ok", "none", "delete", "text", ""};
    static const char *const requests[] = {"suspend", "poweroff"};

    add(page, "\"when\":\"onshutdown\",\"ack\":\"%s\",", ONE_OF(dice, acks));
    if (dice_below(dice, 4) == 0)
        add(page, "\"request\":\"%s\",", ONE_OF(dice, requests));
    if (dice_below(dice, 4) == 0)
        add(page, "\"ack_delay_ms\":%u,", (uint32_t)dice_spread(dice, 3600000));
    if (dice_below(dice, 4) == 0)
        add(page, "\"count\":%u,", 1 + (uint32_t)dice_spread(dice, 5));
}

static void add_step(struct dice *dice, struct page *page)
{
    add(page, "{");
    if (dice_below(dice, 2) == 0)
        add_onshutdown(dice, page);
    else
        add(page, "\"when\":\"now\",");
    if (dice_below(dice, 4) == 0)
        add(page, "\"action_delay_ms\":%u,",
            (uint32_t)dice_spread(dice, 3600000));
    if (dice_below(dice, 4) == 0)
        add(page, "\"id\":\"i%u\",", dice_below(dice, 1000));
    add_action(dice, page);
    add(page, "}");
}

void words_command(struct dice *dice, char *text, size_t max)
{
    struct page page = {text, max, 0};
    const uint32_t steps =
        dice_below(dice, 3) == 0 ? 1 + dice_below(dice, 4) : 0;

    if (steps > 0)
        add(&page, "[");
    for (uint32_t i = 0; i < MAX(steps, 1U); i++) {
        if (i > 0)
            add(&page, ",");
        add_step(dice, &page);
    }
    if (steps > 0)
        add(&page, "]");
}

static bool orders(const char *text, enum action action)
{
    char order[40];

    snprintf(order, sizeof(order), "\"action\":\"%s\"",
             action_rows[action].name);
    return strstr(text, order) != NULL;
}

const char *words_lack(void)
{
    bool ordered[ACTION_COUNT] = {[ACTION_HANG] = true, [ACTION_SPIN] = true};
    struct dice dice = {0};
    char text[1500];

    for (int i = 0; i < 2000; i++) {
        words_command(&dice, text, sizeof(text));
        for (unsigned int action = 0; action < ACTION_COUNT; action++)
            ordered[action] = ordered[action] || orders(text, action);
    }
    for (unsigned int action = 0; action < ACTION_COUNT; action++) {
        if (!ordered[action])
            return action_rows[action].name;
    }
    return NULL;
}
