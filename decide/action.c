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

const struct action_row action_rows[ACTION_COUNT] = {
    [ACTION_SUSPEND] = {"suspend", COURSE_SUSPEND, REQUEST},
    [ACTION_POWEROFF] = {"poweroff", REQUEST, STOPS(SHUTDOWN_poweroff)},
    [ACTION_REBOOT] = {"reboot", REQUEST, STOPS(SHUTDOWN_reboot)},
    [ACTION_HALT] = {"halt", REQUEST, STOPS(SHUTDOWN_poweroff)},
    [ACTION_CRASH] = {"crash", REQUEST, STOPS(SHUTDOWN_crash)},
    [ACTION_IGNORE] = {.name = "ignore"},
    [ACTION_WATCHDOG] = {"watchdog", STOPS(SHUTDOWN_watchdog)},
    [ACTION_SOFT_RESET] = {"soft-reset", STOPS(SHUTDOWN_soft_reset)},
    [ACTION_EXIT] = {"exit", STOPS_OTHERWISE, NEEDS(TAKES_CODE)},
    [ACTION_FAULT] = {"fault", STOPS_OTHERWISE},
    [ACTION_HANG] = {"hang", NEVER_RETURNS},
    [ACTION_SPIN] = {"spin", NEVER_RETURNS},
    [ACTION_DIRTY] = {"dirty", WORK, NEEDS(TAKES_MIB),
                      ALLOWS(TAKES_MIB_PER_S | TAKES_SECONDS)},
    [ACTION_FLOOD] = {"flood", WORK, NEEDS(TAKES_BYTES)},
    [ACTION_STORM] = {"storm", WORK, NEEDS(TAKES_WRITES)},
    [ACTION_WRITE] = {"write", QUICK, NEEDS(TAKES_PATH | TAKES_VALUE)},
    [ACTION_REMOVE] = {"remove", QUICK, NEEDS(TAKES_PATH)},
    [ACTION_REPORT] = {"report", QUICK},
    [ACTION_DISK] = {"disk", WORK, NEEDS(TAKES_DEVICE | TAKES_OP),
                     ALLOWS(TAKES_MIB | TAKES_SEED)},
    [ACTION_TRANSMIT] = {"transmit", WORK, NEEDS(TAKES_DEVICE | TAKES_FRAMES),
                         ALLOWS(TAKES_BYTES)},
    [ACTION_FRONTEND] = {"frontend", QUICK, NEEDS(TAKES_DEVICE),
                         ALLOWS(TAKES_MODE | TAKES_SECONDS)},
    [ACTION_BALLOON] = {"balloon", QUICK,
                        ALLOWS(TAKES_MODE | TAKES_KIB_PER_S | TAKES_PERCENT)},
    [ACTION_VCPUS] = {"vcpus", QUICK, ALLOWS(TAKES_MODE | TAKES_SECONDS)},
    [ACTION_BUSY] = {"busy", WORK, NEEDS(TAKES_VCPU), ALLOWS(TAKES_SECONDS)},
    [ACTION_ADDRESS] = {"address", QUICK, NEEDS(TAKES_DEVICE | TAKES_IP)},
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
