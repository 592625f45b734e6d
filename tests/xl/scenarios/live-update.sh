#!/bin/sh
# SPDX-License-Identifier: MIT
# The store's daemon is updated while VMs run: they notice nothing.

# Update the daemon to its own file: a new process, or the same one again.
live_update() {
    [ "$case_failed" ] && return 1
    if pidof oxenstored >/dev/null; then
        set -- -s /usr/sbin/oxenstored
    else
        set -- -s -t 60 /usr/sbin/xenstored
    fi
    xenstore-control live-update "$@" >"$XTVM_WORK/update.log" 2>&1 ||
        fail "xenstore-control live-update: $(cat "$XTVM_WORK/update.log")"
    # The console daemon does not survive an update of xenstored (Xen 4.17).
    sleep 1
    pidof xenconsoled >/dev/null || console_daemon_starts
}

scenario() {
    if [ ! "${XTVM_ALONE-}" ]; then
        skip_scenario "live updates" \
            "needs a host where nothing else runs (XTVM_ALONE)"
        return
    fi

    case_of "an armed VM stays armed, and fires"
    vm_start
    command_of '{"when":"onshutdown","ack":"delete","action":"ignore"}'
    live_update
    until_state armed
    request poweroff
    until_true "it is caught" store_lacks control/shutdown
    obeys

    case_of "a command during the update is not lost"
    vm_start
    store_write data/testing '{"when":"now","action":"ignore","id":"m"}' &
    live_update
    wait
    until_store data/testing ""
    until_reply_has '"id": "m"'
    live_update
    obeys
    request poweroff
    until_reason 0
    end_of_scenario
}
