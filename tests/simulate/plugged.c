/* SPDX-License-Identifier: MIT */
/*
 * plugged - deeds about devices; see plugged.h.
 */
#include "tests/simulate/plugged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "kernel/options.h"
#include "lib/macros.h"
#include "tests/fake/backend.h"
#include "tests/fake/host.h"
#include "tests/simulate/stored.h"

#define SECTORS_PER_MIB 2048

/* Folders of the device's type. The VM gives no place to a name that begins
 * with 0, but such a name takes room in a list. */
static const struct crowd {
    unsigned int count;
    const char *before, *behind; /* the number in a name */
} crowds[] = {
    {9, "", ""},       /* more than places */
    {60, "00000", ""}, /* the VM reads only a part of the list */
    /* The store does not give the list. */
    {70, "0", "-a-name-so-long-that-the-list-of-all-is-larger-than-a-payload"},
};

static struct {
    const char *type; /* of the device with a backend; null: none is plugged */
    bool meddled;     /* it may be disconnected now */
    unsigned int mib; /* the size of a disk */
    const struct crowd *crowd; /* null: there is none */
    const char *crowd_type;
} told;

void plugged_start(void)
{
    memset(&told, 0, sizeof(told));
    fake_backend.type = NULL;
}

/* --- the crowd ------------------------------------------------------------ */

static const char *folder(unsigned int number)
{
    static char path[120];

    snprintf(path, sizeof(path), "device/%s/%s%u%s", told.crowd_type,
             told.crowd->before, number, told.crowd->behind);
    return path;
}

void plugged_heal(void)
{
    for (unsigned int i = 1; told.crowd && i <= told.crowd->count; i++)
        fake_store_remove(folder(i));
    told.crowd = NULL;
    fake_backend.answers = true;
    fake_wake(fake_backend.port);
}

/* --- the device ----------------------------------------------------------- */

static bool is_disk(void)
{
    return strcmp(told.type, "vbd") == 0;
}

static void start(void)
{
    told.mib = FAKE_SECTORS / SECTORS_PER_MIB;
    fake_backend_start(told.type, is_disk() ? 51712 : 0, XenbusStateInitWait);
    fake_backend.forgives = true;
}

void plugged_plug(struct dice *dice)
{
    if (told.type)
        return;
    told.type = dice_below(dice, 2) == 0 ? "vbd" : "vif";
    run_say("    %s", told.type);
    start();
}

void plugged_need_disk(void)
{
    if (told.type)
        return;
    told.type = "vbd";
    start();
}

void plugged_crowd(struct dice *dice)
{
    if (told.crowd) {
        run_say("    the crowd is removed");
        plugged_heal();
        return;
    }
    told.crowd = &crowds[dice_below(dice, ARRAY_COUNT(crowds))];
    told.crowd_type = dice_below(dice, 2) == 0 ? "vbd" : "vif";
    if (told.type)
        told.crowd_type = told.type;
    run_say("    %u folders like %s", told.crowd->count, folder(1));
    for (unsigned int i = 1; i <= told.crowd->count; i++)
        fake_store_write(folder(i), "");
    /* The device often comes last. */
    if (dice_below(dice, 2) == 0)
        plugged_plug(dice);
}

void plugged_unplug(struct dice *dice)
{
    (void)dice;
    if (!told.type)
        return;
    fake_backend_remove();
    fake_backend.type = NULL;
    told.type = NULL;
}

static void unplug(void)
{
    plugged_unplug(NULL);
}

/* Just before the VM writes its state, which makes the folder anew. */
void plugged_unplug_late(struct dice *dice)
{
    plugged_unplug(dice);
    plugged_plug(dice);
    stored_trap(XS_WRITE,
                is_disk() ? "device/vbd/51712/state" : "device/vif/0/state",
                unplug, NULL);
}

void plugged_stir(void)
{
    plugged_need_disk();
    for (unsigned int state = 1; state <= XenbusStateClosed; state++) {
        if (fake_backend_is(state)) {
            fake_backend_set(state);
            return;
        }
    }
}

/* The backend goes away, and one in another domain takes its place. */
void plugged_move(struct dice *dice)
{
    if (!told.type)
        return;
    told.mib = FAKE_SECTORS / SECTORS_PER_MIB;
    fake_backend_move((fake_backend.domain + 1 + dice_below(dice, 2)) % 3,
                      XenbusStateInitWait);
    fake_backend.forgives = true;
    run_say("    to domain %u", fake_backend.domain);
}

/* As xen-blkback does: the size, and "connected" once more. */
void plugged_resize(struct dice *dice)
{
    char sectors[12];

    plugged_need_disk();
    if (!is_disk() || !fake_backend_is(XenbusStateConnected))
        return;
    told.mib = 1 + dice_below(dice, FAKE_SECTORS / SECTORS_PER_MIB);
    snprintf(sectors, sizeof(sectors), "%u", told.mib * SECTORS_PER_MIB);
    run_say("    %s sectors", sectors);
    fake_backend_tell("sectors", sectors);
    fake_backend_set(XenbusStateConnected);
}

/* The backend answers nothing for a while. */
void plugged_pause(struct dice *dice)
{
    (void)dice;
    fake_backend.answers = !fake_backend.answers;
    run_say("    it %s", fake_backend.answers ? "answers" : "does not answer");
    fake_wake(fake_backend.port);
}

void plugged_set_backend(struct dice *dice)
{
    if (!told.type)
        return;
    fake_backend_set(dice_below(dice, XenbusStateReconfigured + 1));
    told.meddled = true;
}

/* A response that nobody has asked for. */
static void answer_nonsense(struct dice *dice)
{
    static const char frame[2048];

    if (is_disk())
        fake_backend_answer(dice_spread(dice, UINT64_MAX - 1),
                            (int)dice_below(dice, 4) - 2);
    else
        (void)fake_backend_give_at(frame, dice_below(dice, sizeof(frame)),
                                   dice_below(dice, 4096), dice_below(dice, 4));
}

static void publish_nonsense(struct dice *dice)
{
    static const char *const names[] = {"sectors", "info",
                                        "feature-flush-cache", "state"};
    static const char *const texts[] = {
        NULL, "", "0", "-1", "x", "18446744073709551615", "4294967296"};

    fake_backend_tell(ONE_OF(dice, names), ONE_OF(dice, texts));
    if (dice_below(dice, 2) == 0)
        fake_backend_set(XenbusStateConnected);
}

/* A hostile backend, which the guest is connected to. */
void plugged_lie(struct dice *dice)
{
    if (!told.type || fake_backend.port == 0)
        return;
    told.meddled = true;
    fake_backend.lied = true;
    switch (dice_below(dice, 3)) {
    case 0:
        answer_nonsense(dice);
        break;
    case 1:
        *fake_backend_responses() += (uint32_t)dice_spread(dice, UINT32_MAX);
        break;
    default:
        publish_nonsense(dice);
        break;
    }
    fake_raise(fake_backend.port);
}

void plugged_tell_again(void)
{
    told.crowd = NULL;
    if (told.type)
        start();
}

void plugged_meddle(void)
{
    told.meddled = true;
}

/* --- what must hold ------------------------------------------------------- */

bool plugged_must_work(void)
{
    return told.type && !told.meddled && !fake_backend.refused;
}

/* The backend may map the pages of a request until it has answered. */
void plugged_tick(void)
{
    if (!plugged_must_work() || !is_disk() || fake_backend.answers ||
        !fake_backend_is(XenbusStateConnected) ||
        fake_frontend_state() != XenbusStateConnected)
        return;
    if (!fake_backend_has_pages())
        run_fail("a page of a request is not lent any more");
}

void plugged_check(void)
{
    const unsigned int ports = options.suspend_event_channel ? 2 : 1;

    if (!plugged_must_work())
        return;
    if (!fake_backend_is(XenbusStateConnected) ||
        fake_frontend_state() != XenbusStateConnected)
        run_fail("the %s is not connected: state %u", told.type,
                 fake_frontend_state());
    if (fake_own_port_count() != ports)
        run_fail("the %s is connected, and %u ports are open, not %u",
                 told.type, fake_own_port_count(), ports);
    if (is_disk() && fake_grant_count() != 1)
        run_fail("a disk without work holds %u pages", fake_grant_count());
}

unsigned int plugged_disk_mib(void)
{
    return plugged_must_work() && is_disk() ? told.mib : 0;
}
