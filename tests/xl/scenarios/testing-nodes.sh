#!/bin/sh
# SPDX-License-Identifier: MIT
# The two nodes for commands, with and without permission to acknowledge.

last_id_is() {
    store_read data/xen-test-vm/reply | grep -q "\"id\": \"$1\""
}

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
    # The same text again: the VM only tries again to acknowledge it.
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

    case_of "data/testing is acknowledged, also after it was removed"
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

    case_of "messages that wait when the VM starts are handled in order"
    vm_start_paused
    store_write control/testing \
        '{"when":"onshutdown","ack":"first","action":"crash"}'
    store_write data/testing \
        '{"when":"onshutdown","ack":"second","action":"ignore"}'
    request poweroff
    xl unpause "$vm"
    until_store control/shutdown second
    until_store data/testing ""
    until_state ready
    still_up
    is "the commands" "$(store_read data/xen-test-vm/commands)" 2

    case_of "events are handled in the order in which they come"
    vm_start
    xl pause "$vm"
    request "first"
    store_write data/testing \
        '{"when":"onshutdown","ack":"no","action":"crash"}'
    xl unpause "$vm"
    until_store control/shutdown ""
    until_state armed
    still_up

    case_of "of many messages without waiting the last one is obeyed, once"
    vm_start
    number=1
    while [ $number -le 50 ]; do
        store_write data/testing '{"when":"onshutdown","ack":"'$number'",
            "action":"ignore","id":"'$number'"}'
        number=$((number + 1))
    done
    until_true "the last one is answered" last_id_is 50
    until_store data/testing ""
    is "a command seen twice" "$(vm_console | grep 'data/testing, ' |
        sort | uniq -d | grep -o 'writing.*')" ""
    request poweroff
    until_store control/shutdown 50
    obeys

    end_of_scenario
}
