#!/bin/sh
# SPDX-License-Identifier: MIT
# The store's daemon is updated while VMs run: they notice nothing.

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"

# Update the daemon to its own file: a new process, or the same one again.
live_update() {
    [ "$case_failed" ] && return 1
    if store_is_oxenstored; then
        set -- -s /usr/sbin/oxenstored
    else
        set -- -s -t 60 /usr/sbin/xenstored
    fi
    ask_daemon live-update "$@"
    console_daemon_is_there
}

scenario() {
    alone "live updates" || return

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
