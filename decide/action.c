/* SPDX-License-Identifier: MIT */
/*
 * action - the table of actions; see action.h.
 */
#include "decide/action.h"

#include <xen/xen.h>

#include <xen/sched.h>

#define REQUEST .is_request = true
#define STOPS(why)                                                             \
    .course = COURSE_END, .stops = true, .has_reason = true, .reason = (why)
#define STOPS_OTHERWISE .course = COURSE_END, .stops = true
#define NEVER_RETURNS   .course = COURSE_END
#define QUICK           .course = COURSE_QUICK
#define WORK            .course = COURSE_WORK
#define NEEDS(members)  .needs = (members)
#define ALLOWS(members) .allows = (members)
#define TAKES(member)   (1U << MEMBER_##member)

const struct action_row action_rows[ACTION_COUNT] = {
    [ACTION_SUSPEND] = {"suspend", COURSE_SUSPEND, REQUEST},
    [ACTION_POWEROFF] = {"poweroff", REQUEST, STOPS(SHUTDOWN_poweroff)},
    [ACTION_REBOOT] = {"reboot", REQUEST, STOPS(SHUTDOWN_reboot)},
    [ACTION_HALT] = {"halt", REQUEST, STOPS(SHUTDOWN_poweroff)},
    [ACTION_CRASH] = {"crash", REQUEST, STOPS(SHUTDOWN_crash)},
    [ACTION_IGNORE] = {.name = "ignore"},
    [ACTION_WATCHDOG] = {"watchdog", STOPS(SHUTDOWN_watchdog)},
    [ACTION_SOFT_RESET] = {"soft-reset", STOPS(SHUTDOWN_soft_reset)},
    [ACTION_EXIT] = {"exit", STOPS_OTHERWISE, NEEDS(TAKES(CODE))},
    [ACTION_FAULT] = {"fault", STOPS_OTHERWISE},
    [ACTION_HANG] = {"hang", NEVER_RETURNS},
    [ACTION_SPIN] = {"spin", NEVER_RETURNS},
    [ACTION_DIRTY] = {"dirty", WORK, NEEDS(TAKES(MIB)),
                      ALLOWS(TAKES(MIB_PER_S) | TAKES(SECONDS))},
    [ACTION_FLOOD] = {"flood", WORK, NEEDS(TAKES(BYTES))},
    [ACTION_STORM] = {"storm", WORK, NEEDS(TAKES(WRITES))},
    [ACTION_WRITE] = {"write", QUICK, NEEDS(TAKES(PATH) | TAKES(VALUE))},
    [ACTION_REMOVE] = {"remove", QUICK, NEEDS(TAKES(PATH))},
    [ACTION_REPORT] = {"report", QUICK},
    [ACTION_CAPABILITIES] = {"capabilities", QUICK},
    [ACTION_DISK] = {"disk", WORK, NEEDS(TAKES(DEVICE) | TAKES(OP)),
                     ALLOWS(TAKES(MIB) | TAKES(SEED))},
    [ACTION_TRANSMIT] = {"transmit", WORK, NEEDS(TAKES(DEVICE) | TAKES(FRAMES)),
                         ALLOWS(TAKES(BYTES))},
    [ACTION_FRONTEND] = {"frontend", QUICK, NEEDS(TAKES(DEVICE)),
                         ALLOWS(TAKES(MODE) | TAKES(SECONDS))},
    [ACTION_BALLOON] = {"balloon", QUICK,
                        ALLOWS(TAKES(MODE) | TAKES(KIB_PER_S) |
                               TAKES(PERCENT))},
    [ACTION_VCPUS] = {"vcpus", QUICK, ALLOWS(TAKES(MODE) | TAKES(SECONDS))},
    [ACTION_BUSY] = {"busy", WORK, NEEDS(TAKES(VCPU)), ALLOWS(TAKES(SECONDS))},
    [ACTION_ATTACK] = {"attack", WORK, NEEDS(TAKES(MODE)),
                       ALLOWS(TAKES(TRIES) | TAKES(SECONDS))},
    [ACTION_HYPERCALL] = {"hypercall", WORK, NEEDS(TAKES(NUMBER)),
                          ALLOWS(TAKES(ARGS) | TAKES(PAGE) | TAKES(TRIES))},
    [ACTION_ADDRESS] = {"address", QUICK, NEEDS(TAKES(DEVICE) | TAKES(IP))},
};

bool action_of(struct text name, enum action *action)
{
    for (unsigned int i = 0; i < ACTION_COUNT; i++) {
        if (text_is(name, action_rows[i].name)) {
            *action = (enum action)i;
            return true;
        }
    }
    return false;
}

bool action_of_request(struct text request, enum action *action)
{
    return action_of(request, action) && action_rows[*action].is_request;
}
