#!/bin/sh
# SPDX-License-Identifier: MIT
# vCPUs: up and down as the toolstack orders, idle and busy, and suspends.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

behave() {
    result_of "\"action\":\"vcpus\"$1"
    has "the answer" "$reply" '"result": "done"'
}

# uses_cpu_since NS: the domain has used at least a second of CPU time since its
# CPU time was NS.
uses_cpu_since() {
    [ $(($(cpu_time) - $1)) -ge 1000000000 ]
}

start() {
    vm_start "memory = 8" "vcpus = $1" "maxvcpus = $2"
}

scenario() {
    [ "$has_helper" ] || {
        skip_scenario "vCPUs" "needs xen-domain, which counts a domain's vCPUs"
        return
    }

    case_of "up and down; Xen counts the vCPUs"
    start 2 8
    until_online 2
    for count in 8 1 5 3 8 2 1; do
        vcpu_set $count
        until_online $count
    done
    behave ""
    has "the answer" "$reply" '"up": 1'
    obeys

    case_of "32 vCPUs"
    start 1 32
    vcpu_set 32
    until_online 32
    vcpu_set 1
    until_online 1
    obeys

    case_of "idle vCPUs use no CPU time, a busy one does"
    start 4 4
    until_online 4
    until_idle
    before=$(cpu_time)
    sleep 3
    is "the CPU time of idle vCPUs" "$(cpu_time)" "$before"
    result_of '"action":"busy","vcpu":2,"seconds":2'
    [ "$case_failed" ] || [ $(($(cpu_time) - before)) -ge 500000000 ] ||
        fail "busy for $(($(cpu_time) - before)) ns"
    until_idle
    before=$(cpu_time)
    sleep 2
    is "the CPU time afterwards" "$(cpu_time)" "$before"
    result_of '"action":"busy","vcpu":9,"seconds":1'
    has "the answer" "$reply" 'that vCPU is not up'

    case_of "modes"
    start 2 4
    until_online 2
    behave ',"mode":"refuse"'
    vcpu_set 4
    sleep 2
    is "vCPUs" "$(online)" 2
    behave ',"mode":"obey"'
    until_online 4
    behave ',"mode":"late","seconds":3'
    vcpu_set 1
    is "vCPUs" "$(online)" 4
    until_online 1

    case_of "save and restore, checkpoint, with one busy"
    start 4 4
    until_online 4
    command_of '{"when":"now","action":"busy","vcpu":3}'
    save_and_restore
    until_online 4
    checkpoint
    until_online 4
    counts 2 1 1 busy
    # vCPU 3 goes down, a checkpoint, and it comes up again: it is still busy.
    vcpu_set 2
    until_online 2
    checkpoint
    counts 3 1 2 busy
    vcpu_set 4
    until_online 4
    before=$(cpu_time)
    until_true "it is busy still" uses_cpu_since "$before"
    command_of '{"when":"now","action":"ignore"}'
    until_state ready
    vcpu_set 2
    until_online 2
    obeys

    case_of "mode late does not delay vCPUs after a suspend"
    start 4 4
    until_online 4
    behave ',"mode":"late","seconds":100000'
    checkpoint
    until_online 4
    save_and_restore
    until_online 4
    counts 2 1 1
    obeys

    case_of "live migration"
    vm_start "memory = 64" "vcpus = 4"
    until_online 4
    if migrate; then
        until_online 4
        obeys
    fi
    end_of_scenario
}
