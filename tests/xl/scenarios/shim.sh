#!/bin/sh
# SPDX-License-Identifier: MIT
# The same image as a PV guest inside Xen's PVH shim.

# shellcheck source=tests/xl/shim.sh
. "$here/shim.sh"

IDLE_SECONDS=10

shim_start() {
    shim_is_there
    vm_create -q 'type = "pvh"' 'pvshim = 1' 'memory = 64'
    until_ready_in_shim
}

show_idle_cost() {
    [ "$case_failed" ] && return 1
    can_check "its CPU time" || return 0
    sleep 2 # the console daemon starts late
    before=$(cpu_time)
    sleep $IDLE_SECONDS
    echo "# $IDLE_SECONDS s idle in the shim:" \
        "$((($(cpu_time) - before) / 1000)) us of CPU time"
}

scenario() {
    # The shim is a PVH guest; one run for both types is enough.
    if [ "$XTVM_TYPE" = pv ]; then
        end_of_scenario
        return
    fi

    case_of "boots as PV with 64 MiB, and obeys"
    shim_start
    is guest "$(store_read data/xen-test-vm/guest)" pv
    obeys
    show_idle_cost
    request poweroff
    until_reason 0

    case_of "xl save and xl restore"
    shim_start
    save_and_restore
    counts 1 1 0
    obeys
    request reboot
    until_reason 1

    case_of "xl save -c: the same domain goes on"
    shim_start
    checkpoint
    counts 1 0 1
    obeys
    request poweroff
    until_reason 0

    end_of_scenario
}
