#!/bin/sh
# SPDX-License-Identifier: MIT
# daemons - functions for scenarios that stop or set up the daemons of dom0, in
# addition to lib.sh.

# alone NAME: nothing else runs in this dom0, or else the scenario NAME is
# skipped.
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

# quota WATCHES NODES: set the limits for each domain. xenstored has a command
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

# Restore the usual limits, even after a failed case.
no_quota() {
    outcome=$case_failed
    case_failed=
    quota 128 1000
    case_failed=${case_failed:-$outcome}
}
