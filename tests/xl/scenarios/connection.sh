#!/bin/sh
# SPDX-License-Identifier: MIT
# The connection to the store is lost: the VM requests a new one if offered.

# Put nonsense into the ring of the store. The VM finds it at its next event.
garble() {
    [ "$case_failed" ] && return 1
    until_idle
    xen-domain garble "$domid" "$(store_read store/ring-ref)" ||
        fail "xen-domain garble"
}

new_ones() {
    vm_console | grep -c "xenstore: connected again"
}

has_new_ones() {
    [ "$(new_ones)" = "$1" ]
}

# oxenstored offers a new connection, in Xen 4.17 and 4.20; xenstored does not.
scenario() {
    if [ ! "$has_helper" ]; then
        skip_scenario "a connection is lost" \
            "needs xen-domain, which breaks the connection"
        return
    fi
    uses pidof
    if ! pidof oxenstored >/dev/null; then
        case_of "without a new connection the VM lives on and logs the error"
        vm_start
        garble
        store_write data/testing '{"when":"now","action":"poweroff"}'
        until_console "error: connection lost: "
        still_up
        end_of_scenario
        return
    fi

    case_of "commands and requests are obeyed after a new connection"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore"}'
    until_state armed
    for number in 1 2 3; do
        garble
        store_write data/testing '{"when":"onshutdown","action":"ignore"}'
        until_store data/testing ""
        until_true "connection $number" has_new_ones $number
        until_state armed
    done
    request poweroff
    until_store control/shutdown ""
    obeys
    request poweroff
    until_reason 0

    case_of "save and restore after a new connection"
    vm_start
    garble
    store_write data/testing \
        '{"when":"onshutdown","request":"poweroff","action":"reboot"}'
    until_state armed
    save_and_restore
    counts 1 1 0 armed
    request poweroff
    until_reason 1

    case_of "memory and vCPUs are followed after a new connection"
    needs_growth
    vm_start "memory = 8" "maxmem = 16" "vcpus = 2"
    until_console "vcpus: vCPU 1 is up"
    garble
    store_write data/testing '{"when":"now","action":"ignore"}'
    until_true "a new connection" has_new_ones 1
    xl vcpu-set "$vm" 1 || fail "xl vcpu-set"
    until_console "vcpus: vCPU 1 is down"
    until_told '"action":"balloon"' '"kib": 8192'
    xl mem-set "$vm" 6 || fail "xl mem-set"
    until_told '"action":"balloon"' '"kib": 6144'
    obeys
    end_of_scenario
}
