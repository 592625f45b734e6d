/* SPDX-License-Identifier: MIT */
/*
 * busy - keeps another vCPU busy; see busy.h.
 */
#include "kernel/busy.h"

#include "kernel/clock.h"
#include "kernel/vcpus.h"

static unsigned int vcpu;
static uint64_t end_ns;

void busy_start(const struct command *command, uint64_t now_ns)
{
    vcpu = command->vcpu;
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
    /* It may have been ordered up just before the command. */
    vcpus_settle(now_ns);
    if (vcpus_keep_busy(vcpu, true))
        return true;
    busy_stop();
    outcome->error = "that vCPU is not up";
    return false;
}

void busy_stop(void)
{
    (void)vcpus_keep_busy(vcpu, false);
    end_ns = 0;
}
