#!/bin/sh
# SPDX-License-Identifier: MIT
# The store's daemon is updated while VMs run: they notice nothing.

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"

# live_update [OPTION...]: update the daemon to its own file: a new process, or
# the same one again.
live_update() {
    [ "$case_failed" ] && return 1
    [ $# -gt 0 ] || set -- -t 60
    ask_daemon live-update -s "$@" "$(daemon_file)"
    console_daemon_is_there
}

daemon_file() {
    if store_is_oxenstored; then
        echo /usr/sbin/oxenstored
    else
        echo /usr/sbin/xenstored
    fi
}

scenario() {
    uses seq
    alone "live updates" || return
    if ! xen_since 17; then
        skip_scenario "live updates" "the stores of Xen 4.14 have none"
        return
    fi

    case_of "an armed VM stays armed, and fires"
    vm_start
    command_of '{"when":"onshutdown","ack":"delete","action":"ignore"}'
    live_update
    until_state armed
    request poweroff
    until_lacks control/shutdown
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

    # A forced update ends all transactions.
    case_of "no command is lost in forced updates"
    vm_start
    times_of 3 20
    for number in $(seq "$times"); do
        store_write data/testing \
            "{\"when\":\"now\",\"action\":\"ignore\",\"id\":\"m$number\"}" &
        live_update -F -t 10
        wait
        until_store data/testing ""
        until_reply_has "\"id\": \"m$number\""
    done
    request poweroff
    until_reason 0
    end_of_scenario
}
