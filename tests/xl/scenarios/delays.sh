#!/bin/sh
# SPDX-License-Identifier: MIT
# Delays of acknowledgement and action, and messages during a delay.

# A delay in ms that is long enough for a slow dom0 to look at the VM before its
# end: an xl was seen to need 6 s to begin a save.
LONG=20000

scenario() {
    for ms in 1 20 700; do
        case_of "an acknowledgement after $ms ms"
        vm_start
        command_of '{"when":"onshutdown","action":"ignore","ack":"late",
            "ack_delay_ms":'$ms',"id":"a"}'
        request poweroff
        until_store control/shutdown late
        took $ms "caught by" "acknowledgement of control/shutdown is due"
        has "the answer" "$(store_read data/xen-test-vm/reply)" \
            '"id": "a", "result": "done"'
        until_state ready
        obeys

        case_of "an action $ms ms after the acknowledgement"
        vm_start
        command_of '{"when":"onshutdown","action":"crash",
            "action_delay_ms":'$ms'}'
        request poweroff
        until_reason 3
        took $ms "caught by" "crash is due now"
        is "the node" "$(store_read control/shutdown)" ""

        case_of "now, after $ms ms"
        vm_start
        store_write data/testing \
            '{"when":"now","action":"halt","action_delay_ms":'$ms'}'
        until_reason 0
        took $ms "now: halt after" "halt is due now"
    done

    case_of "both delays, one after the other, and the state is waiting"
    vm_start
    command_of '{"when":"onshutdown","action":"reboot","ack":"delete",
        "ack_delay_ms":'$LONG',"action_delay_ms":'$LONG'}'
    request poweroff
    until_state waiting
    is "the node, before" "$(store_read control/shutdown)" poweroff
    until_lacks control/shutdown
    is "the state, after" "$(store_read data/xen-test-vm/state)" waiting
    until_reason 1
    took $LONG "caught by" "acknowledgement of control/shutdown is due"
    took $LONG "acknowledgement of control/shutdown is due" "reboot is due now"

    case_of "a request during a delay waits, and is obeyed afterwards"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore","ack":"none",
        "action_delay_ms":'$LONG'}'
    request suspend
    until_state waiting
    request halt
    until_console '"halt" waits: a command is in work'
    is "requests" "$(store_read data/xen-test-vm/requests)" 1
    still_up
    until_reason 0
    is "requests" "$(store_read data/xen-test-vm/requests)" 2

    case_of "a request during the delay of now waits, and is obeyed afterwards"
    vm_start
    command_of '{"when":"now","action":"ignore","action_delay_ms":'$LONG',
        "id":"n"}'
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        '"id": "n", "result": "started"'
    request crash
    until_console '"crash" waits: a command is in work'
    until_reason 3
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        '"id": "n", "result": "done"'

    case_of "a newer command cancels an action that waits"
    vm_start
    command_of '{"when":"onshutdown","action":"crash",
        "action_delay_ms":'$LONG'}'
    request poweroff
    until_state waiting
    command_of '{"when":"now","action":"ignore"}'
    until_state ready
    sleep $((LONG / 1000))
    still_up
    obeys

    case_of "a newer command does not cancel an acknowledgement that waits"
    vm_start
    command_of '{"when":"onshutdown","action":"crash","ack":"as ordered",
        "ack_delay_ms":'$LONG'}'
    request poweroff
    until_state waiting
    command_of '{"when":"onshutdown","action":"ignore","ack":"newer"}'
    until_store control/shutdown "as ordered"
    until_state armed
    request reboot
    until_store control/shutdown newer
    still_up
    obeys

    case_of "an acknowledgement that waits never destroys a newer message"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore","ack":"late",
        "ack_delay_ms":'$LONG'}'
    request suspend
    until_state waiting
    request halt
    until_reason 0

    case_of "sysrq does not wait"
    vm_start
    command_of '{"when":"now","action":"halt","action_delay_ms":60000}'
    until_state waiting
    xl sysrq "$vm" c
    until_reason 3

    case_of "a delay survives a suspend, whose time does not count"
    vm_start 'extra = "suspend-event-channel"'
    command_of '{"when":"onshutdown","action":"crash",
        "action_delay_ms":'$LONG'}'
    request poweroff
    until_state waiting
    save_and_restore
    until_reason 3
    took $LONG "caught by" "crash is due now"
    is "what came first" "$(vm_console |
        grep -o 'resumed after\|crash is due now' | head -n 1)" \
        'resumed after'

    case_of "the time while the VM is paused counts"
    vm_start
    command_of '{"when":"now","action":"halt","action_delay_ms":'$LONG'}'
    xl pause "$vm"
    sleep $((LONG / 1000))
    xl unpause "$vm"
    unpaused=$(date +%s)
    until_reason 0
    [ $(($(date +%s) - unpaused)) -lt $((LONG / 1000)) ] ||
        fail "the delay began again at the unpause"

    end_of_scenario
}
