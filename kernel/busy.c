/* SPDX-License-Identifier: MIT */
/*
 * busy - keeps another vCPU busy; see busy.h.
 */
#include "kernel/busy.h"

#include "drivers/xenstore.h"
#include "kernel/clock.h"
#include "kernel/vcpus.h"

/* Rounds of events until each event that came before the command was handled:
 * each watch has one event at most. */
#define ROUNDS_MAX 4

static unsigned int vcpu, rounds;
static uint64_t end_ns;

void busy_start(const struct command *command, uint64_t now_ns)
{
    vcpu = command->vcpu;
    rounds = 0;
    end_ns = command->seconds > 0 ? now_ns + command->seconds * NS_PER_S
                                  : TIME_NEVER;
}

bool busy_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    *wake_ns = end_ns;
    if (now_ns >= end_ns) {
        busy_stop();
        return false;
    }
    /* After a suspend this is called again: a busy vCPU stays busy. */
    if (vcpus_keep_busy(vcpu, true))
        return true;
    /* The vCPU may have been ordered up before the command: the order's event
     * may be among those that wait. */
    if (xenstore_has_event() && ++rounds <= ROUNDS_MAX) {
        *wake_ns = now_ns;
        return true;
    }
    busy_stop();
    outcome->error = "that vCPU is not up";
    return false;
}

void busy_stop(void)
{
    (void)vcpus_keep_busy(vcpu, false);
    end_ns = 0;
}
