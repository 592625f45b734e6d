#!/bin/sh
# SPDX-License-Identifier: MIT
# A store that permits few watches or nodes: the VM publishes only what is true.

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"

# unwatched_is PATH PATH: the VM names one of these as unwatched, and logs it.
unwatched_is() {
    path=$(store_read data/xen-test-vm/unwatched)
    case $path in
    "$1" | "$2") until_console "error: $path cannot be watched" ;;
    *) fail "unwatched is \"$path\"" ;;
    esac
}

scenario() {
    alone "quotas" && can_set_quota "quotas" || return

    case_of "one watch: the VM obeys requests, and its state is deaf"
    quota 1 1000
    vm_create -q
    until_state deaf
    # xenstored of Xen 4.17 permits one watch more.
    unwatched_is data/testing control/testing
    request poweroff
    until_reason 0

    case_of "three watches: the VM obeys requests and commands, and is ready"
    quota 3 1000
    vm_start
    unwatched_is control/sysrq memory/target
    obeys
    request poweroff
    until_reason 0

    case_of "few nodes: the VM publishes its state and its answers"
    quota 128 1000
    count_nodes
    vm_end_all
    # A command needs one of them.
    for room in 4 8 16 24; do
        quota 128 $((nodes + room))
        vm_start
        result_of '"action":"ignore"'
        has "the answer with room for $room" "$reply" '"result": "done"'
        request poweroff
        until_reason 0
        vm_end_all
    done
    no_quota
    end_of_scenario
}
