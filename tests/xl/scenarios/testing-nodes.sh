#!/bin/sh
# SPDX-License-Identifier: MIT
# The two places for commands, with and without permission to acknowledge.
# shellcheck disable=SC2154 # vm, domid: from lib.sh

scenario() {
    case_of "control/testing under plain xl: obeyed once, refusal logged once"
    vm_start
    store_write control/testing \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}'
    until_state armed
    sleep 1
    is "the refusals logged" "$(vm_console |
        grep -c 'control/testing cannot be acknowledged: EACCES')" 1
    has "the node" "$(store_read control/testing)" '"delete"'
    # Once more the same text: only the acknowledgement is tried again.
    store_write control/testing \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}'
    sleep 1
    is "the commands" "$(store_read data/xen-test-vm/commands)" 1
    is "the refusals logged" "$(vm_console |
        grep -c 'control/testing cannot be acknowledged: EACCES')" 1
    obeys

    case_of "control/testing after xenstore-chmod is acknowledged"
    vm_start
    store_write control/testing ""
    xenstore-chmod "/local/domain/$domid/control/testing" "n$domid"
    for turn in 1 2; do
        store_write control/testing \
            '{"when":"onshutdown","ack":"ok","action":"ignore"}'
        until_store control/testing ""
        until_store data/xen-test-vm/commands $turn
    done
    still_up

    case_of "data/testing is acknowledged, also a removed and a new one"
    vm_start
    command_of '{"when":"onshutdown","ack":"ok","action":"ignore"}'
    xenstore-rm "/local/domain/$domid/data/testing"
    command_of '{"when":"onshutdown","ack":"ok","action":"ignore"}'
    until_store data/xen-test-vm/commands 2
    still_up

    case_of "a newer command replaces the pending one"
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"crash"}'
    command_of '{"when":"onshutdown","ack":"ok","action":"ignore"}'
    until_state armed
    request poweroff
    until_state ready
    until_store control/shutdown ""
    obeys

    case_of "a command waits in both nodes when the VM starts: in order"
    vm_start
    xl pause "$vm"
    store_write data/testing '{"when":"onshutdown","action":"ignore","id":"1"}'
    store_write control/shutdown poweroff
    xl unpause "$vm"
    until_reply "done"
    until_store control/shutdown ""
    still_up

    end_of_scenario
}
