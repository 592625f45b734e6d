#!/bin/sh
# SPDX-License-Identifier: MIT
# A store that permits few watches or nodes: the VM publishes only what is true.

# quota WATCHES NODES: set the limits for each domain. xenstored has a command
# for that. oxenstored has them in its configuration: a live update starts a new
# one with another configuration.
quota() {
    [ "$case_failed" ] && return 1
    if pidof oxenstored >/dev/null; then
        sed "s/^quota-maxwatch *=.*/quota-maxwatch = $1/
            s/^quota-maxentity *=.*/quota-maxentity = $2/" \
            /etc/xen/oxenstored.conf >"$XTVM_WORK/oxenstored.conf"
        xenstore-control live-update -s -c \
            "--config-file=$XTVM_WORK/oxenstored.conf" /usr/sbin/oxenstored
    else
        xenstore-control quota set watches "$1" &&
            xenstore-control quota set nodes "$2"
    fi >"$XTVM_WORK/quota.log" 2>&1 ||
        fail "quota: $(cat "$XTVM_WORK/quota.log")"
}

# Restore the usual limits, even after a failed case.
no_quota() {
    outcome=$case_failed
    case_failed=
    quota 128 1000
    case_failed=${case_failed:-$outcome}
}

# Sets nodes, the number of nodes that the guest owns before it creates any.
count_nodes() {
    vm_start_paused
    nodes=$(xenstore-ls -fp "/local/domain/$domid" |
        grep -c "(n${domid}[,)]")
}

# unwatched_is PATH PATH: the VM names one of these as unwatched, and logs it.
unwatched_is() {
    path=$(store_read data/xen-test-vm/unwatched)
    case $path in
    "$1" | "$2") until_console "error: $path cannot be watched" ;;
    *) fail "unwatched is \"$path\"" ;;
    esac
}

scenario() {
    if [ ! "${XTVM_ALONE-}" ]; then
        skip_scenario "quotas" \
            "needs a host where nothing else runs (XTVM_ALONE)"
        return
    fi

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
