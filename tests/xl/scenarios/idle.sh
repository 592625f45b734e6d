#!/bin/sh
# SPDX-License-Identifier: MIT
# An idle VM uses no CPU time: no timer tick, no polling.

IDLE_SECONDS=30

idle_costs_nothing() {
    until_idle
    before=$(cpu_time)
    sleep $IDLE_SECONDS
    after=$(cpu_time)
    is "CPU time in $IDLE_SECONDS s" "$((after - before)) ns" "0 ns"
}

scenario() {
    if [ ! "$has_helper" ]; then
        skip_scenario "idle" \
            "xen-domain, a helper of the emulated host, is missing"
        return
    fi

    case_of "idle for $IDLE_SECONDS s: 0 ns of CPU time"
    vm_start
    idle_costs_nothing
    obeys

    case_of "idle for $IDLE_SECONDS s with an armed command: 0 ns of CPU time"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore"}'
    until_state armed
    idle_costs_nothing

    case_of "idle for $IDLE_SECONDS s during a delay: 0 ns of CPU time"
    vm_start
    command_of '{"when":"now","action":"crash","action_delay_ms":3600000}'
    until_state waiting
    idle_costs_nothing

    end_of_scenario
}
