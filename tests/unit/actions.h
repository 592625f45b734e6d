/* SPDX-License-Identifier: MIT */
/*
 * actions - each action as the documentation describes it, for tests.
 *
 * Written from docs/control-protocol.md, not from decide/action.c. Both must
 * agree: tests/unit/command.c compares them. The other tests rely on this
 * table.
 */
#ifndef TESTS_UNIT_ACTIONS_H
#define TESTS_UNIT_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>

#include <xen/sched.h>

#include "decide/command.h"

enum deed {
    DEED_NOTHING,
    DEED_STOP,    /* the domain ends */
    DEED_NEVER,   /* the VM stays, and nothing happens any more */
    DEED_QUICK,   /* answered when it is done or has failed */
    DEED_SUSPEND, /* the same, and takes time */
    DEED_WORK,    /* the same, while other things go on */
};

#define NO_REASON 0xffff

static const struct expected_action {
    const char *word;
    const char *needs; /* its own members, with ' for " */
    enum action action;
    bool is_request; /* control/shutdown may ask for it */
    enum deed deed;
    unsigned int reason; /* of a stop, if it is always the same */
} actions[] = {
    {"suspend", "", ACTION_SUSPEND, true, DEED_SUSPEND, NO_REASON},
    {"poweroff", "", ACTION_POWEROFF, true, DEED_STOP, SHUTDOWN_poweroff},
    {"reboot", "", ACTION_REBOOT, true, DEED_STOP, SHUTDOWN_reboot},
    {"halt", "", ACTION_HALT, true, DEED_STOP, SHUTDOWN_poweroff},
    {"crash", "", ACTION_CRASH, true, DEED_STOP, SHUTDOWN_crash},
    {"ignore", "", ACTION_IGNORE, false, DEED_NOTHING, NO_REASON},
    {"watchdog", "", ACTION_WATCHDOG, false, DEED_STOP, SHUTDOWN_watchdog},
    {"soft-reset", "", ACTION_SOFT_RESET, false, DEED_STOP,
     SHUTDOWN_soft_reset},
    {"exit", ",'code':7", ACTION_EXIT, false, DEED_STOP, NO_REASON},
    {"fault", "", ACTION_FAULT, false, DEED_STOP, NO_REASON},
    {"hang", "", ACTION_HANG, false, DEED_NEVER, NO_REASON},
    {"spin", "", ACTION_SPIN, false, DEED_NEVER, NO_REASON},
    {"dirty", ",'mib':1", ACTION_DIRTY, false, DEED_WORK, NO_REASON},
    {"flood", ",'bytes':2", ACTION_FLOOD, false, DEED_WORK, NO_REASON},
    {"storm", ",'writes':1", ACTION_STORM, false, DEED_WORK, NO_REASON},
    {"write", ",'path':'data/a','value':''", ACTION_WRITE, false, DEED_QUICK,
     NO_REASON},
    {"remove", ",'path':'data/a'", ACTION_REMOVE, false, DEED_QUICK, NO_REASON},
    {"report", "", ACTION_REPORT, false, DEED_QUICK, NO_REASON},
    {"capabilities", "", ACTION_CAPABILITIES, false, DEED_QUICK, NO_REASON},
    {"disk", ",'device':'vbd/51712','op':'flush'", ACTION_DISK, false,
     DEED_WORK, NO_REASON},
    {"transmit", ",'device':'vif/0','frames':1", ACTION_TRANSMIT, false,
     DEED_WORK, NO_REASON},
    {"frontend", ",'device':'vif/0'", ACTION_FRONTEND, false, DEED_QUICK,
     NO_REASON},
    {"address", ",'device':'vif/0','ip':'10.0.0.2'", ACTION_ADDRESS, false,
     DEED_QUICK, NO_REASON},
    {"balloon", "", ACTION_BALLOON, false, DEED_QUICK, NO_REASON},
    {"vcpus", "", ACTION_VCPUS, false, DEED_QUICK, NO_REASON},
    {"attack", ",'mode':'store-nodes','tries':9", ACTION_ATTACK, false,
     DEED_WORK, NO_REASON},
    {"hypercall", ",'number':17", ACTION_HYPERCALL, false, DEED_WORK,
     NO_REASON},
    {"busy", ",'vcpu':1", ACTION_BUSY, false, DEED_WORK, NO_REASON},
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
