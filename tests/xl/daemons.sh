#!/bin/sh
# SPDX-License-Identifier: MIT
# daemons - functions for scenarios that stop or set up the daemons of dom0, in
# addition to lib.sh.

# shellcheck disable=SC2034,SC2154 # for scenarios; set by lib.sh

# can_set_quota NAME: the limits of the store's daemon can be changed; if not,
# skip the scenario NAME. See quota().
can_set_quota() {
    if store_is_oxenstored && ! xen_since 17; then
        skip_scenario "$1" "oxenstored of Xen 4.14 keeps its limits"
        return 1
    fi
}

# alone NAME: nothing else runs in this dom0; if not, skip the scenario NAME.
alone() {
    if [ ! "${XTVM_ALONE-}" ]; then
        skip_scenario "$1" "needs a host where nothing else runs (XTVM_ALONE)"
        return 1
    fi
    uses pidof xenconsoled xenstore-control
}

store_is_oxenstored() {
    pidof oxenstored >/dev/null
}

# Start the console daemon if it is not there: a live update of xenstored of Xen
# 4.17 ends it.
console_daemon_is_there() {
    sleep 1
    pidof xenconsoled >/dev/null ||
        xenconsoled --log=all --pid-file=/run/xenconsoled.pid
}

# ask_daemon WORD...: give an order to the daemon of the store.
ask_daemon() {
    [ "$case_failed" ] && return 1
    xenstore-control "$@" >"$XTVM_WORK/daemon.log" 2>&1 ||
        fail "xenstore-control $*: $(cat "$XTVM_WORK/daemon.log")"
}

# quota WATCHES NODES: set the limits for all domains. xenstored has a command
# for that. oxenstored has them in its configuration: a live update starts a new
# one with another configuration.
quota() {
    [ "$case_failed" ] && return 1
    if store_is_oxenstored; then
        sed "s/^quota-maxwatch *=.*/quota-maxwatch = $1/
            s/^quota-maxentity *=.*/quota-maxentity = $2/" \
            /etc/xen/oxenstored.conf >"$XTVM_WORK/oxenstored.conf"
        ask_daemon live-update -s -c \
            "--config-file=$XTVM_WORK/oxenstored.conf" /usr/sbin/oxenstored
    else
        ask_daemon quota set watches "$1"
        ask_daemon quota set nodes "$2"
    fi
}

# Restore the usual limits, after the last case that needs others.
no_quota() {
    [ ! "${per_vm-}" ] || return 0
    end_case
    quota 128 1000
}

# Sets nodes, the number of nodes that the guest owns before it creates any.
count_nodes() {
    vm_start_paused
    nodes=$(xenstore-ls -fp "/local/domain/$domid" |
        grep -c "(n${domid}[,)]")
}

# xl_knows SETTING VALUE: xl has this setting of a VM's configuration. Older
# ones ignore it.
xl_knows() {
    printf '%s\n' 'name = "xtvm-none"' 'type = "pvh"' "memory = $least_mib" \
        "kernel = \"$XTVM_IMAGE\"" "$1 = $2" >"$XTVM_WORK/known.cfg"
    xl create -n "$XTVM_WORK/known.cfg" 2>/dev/null | grep -q "\"$1\""
}

# can_starve NAME: the store can permit a VM little: by a setting of that VM, or
# by limits for all VMs, if nothing else runs in this dom0. Else the scenario
# NAME is skipped.
can_starve() {
    per_vm=
    if xl_knows xenstore_quota '[ "nodes=100" ]'; then
        per_vm=yes
    else
        alone "$1" && can_set_quota "$1"
    fi
}

# starve WATCHES NODES: limit the next VMs. Sets starved, a line for their
# configuration.
starve() {
    if [ "$per_vm" ]; then
        starved="xenstore_quota = [ \"watches=$1\", \"nodes=$2\" ]"
    else
        starved=
        quota "$1" "$2"
    fi
}
