#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile VM attacks by console, event channels and grants: all others go on.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/attacks.sh
. "$here/attacks.sh"

scenario() {
    case_of "the console: its daemon and an honest VM go on"
    vms_start
    thorough=
    attack_with console-bytes 500 0 '"tried": 500, "refused": 0'
    attack_with console-lies 1000 0 '"tried": 1000, "refused": 0'
    attack_with console-deaf 1 0 '"tried": 1, "refused": 0'
    all_is_well
    has "the log of the console" "$(vm_console | tr -d '\0')" \
        "$(printf '\033c')"
    result_of '"action":"flood","bytes":100'
    until_console "flood 0000000002"

    case_of "event channels: Xen, the daemons and an honest VM go on"
    vms_start
    attack_with evtchn-ports 2000 900 '"last_error": "ENOSPC"'
    attack_with evtchn-events 10000 0 '"refused": 0'
    attack_with evtchn-others 2000 2000 '"refused": 2000'
    all_is_well

    case_of "grants: Xen and an honest VM go on"
    vms_start
    attack_with grant-entries 1000 400 '"last_error": "ENOSPC"'
    all_is_well

    case_of "grants of a disk go and come: the backend goes on"
    disk_image 8
    vms_start "$(disk_line w)"
    until_phase $DISK connected
    attack_with grant-flap 1000 0 '"tried": 1000'
    all_is_well
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",\"op\":\"write\",\
\"mib\":8"
    has "the answer" "$reply" '"result": "done"'

    case_of "a request is obeyed during an attack"
    for mode in evtchn-ports grant-entries console-lies; do
        obeyed_during $mode 2000
    done

    case_of "checkpoint, save and restore during an attack"
    vms_start
    suspended_during evtchn-ports 2000 1
    suspended_during grant-entries 1000 2
    end_of_scenario
}
