/* SPDX-License-Identifier: MIT */
/*
 * actions - what the language says of each action, for tests.
 *
 * Written down from docs/control-protocol.md, not from kernel/command.c, which
 * has to say the same: tests/unit/command.c compares them. The other tests only
 * believe this table.
 */
#ifndef TESTS_UNIT_ACTIONS_H
#define TESTS_UNIT_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include <xen/sched.h>

#include "kernel/command.h"

enum deed {
    DEED_NOTHING,
    DEED_STOP,
    DEED_SUSPEND,
};

static const struct expected_action {
    const char *word;
    enum action action;
    bool is_request; /* control/shutdown may ask for it */
    enum deed deed;
    unsigned int reason; /* of a stop */
} actions[] = {
    {"suspend", ACTION_SUSPEND, true, DEED_SUSPEND, 0},
    {"poweroff", ACTION_POWEROFF, true, DEED_STOP, SHUTDOWN_poweroff},
    {"reboot", ACTION_REBOOT, true, DEED_STOP, SHUTDOWN_reboot},
    {"halt", ACTION_HALT, true, DEED_STOP, SHUTDOWN_poweroff},
    {"crash", ACTION_CRASH, true, DEED_STOP, SHUTDOWN_crash},
    {"ignore", ACTION_IGNORE, false, DEED_NOTHING, 0},
};

static inline enum deed deed_of(const char *word)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].word, word) == 0)
            return actions[i].deed;
    }
    return DEED_NOTHING;
}

#endif
