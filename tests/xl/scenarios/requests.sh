#!/bin/sh
# SPDX-License-Identifier: MIT
# Messages in control/shutdown with nothing armed, and which texts are requests.

count_is() {
    until_store data/xen-test-vm/requests "$1"
}

scenario() {
    for row in poweroff:0 halt:0 reboot:1 crash:3; do
        case_of "${row%:*} is acknowledged with the empty string and done"
        vm_start
        request "${row%:*}"
        until_reason "${row#*:}"
        until_store control/shutdown ""
    done

    case_of "unknown text is acknowledged, logged and ignored"
    vm_start
    for text in Poweroff "poweroff " '"' "$(printf 'a\tb')" halt2; do
        request "$text"
        until_store control/shutdown ""
    done
    count_is 5
    until_console '"Poweroff" is unknown'
    until_console '"a\tb" is unknown'
    obeys

    case_of "the empty string and a removed node are no request"
    vm_start
    request ""
    xenstore-rm "/local/domain/$domid/control/shutdown"
    sleep 1
    is "requests" "$(store_read data/xen-test-vm/requests)" 0
    obeys

    case_of "text that the VM wrote itself is no request"
    vm_start
    command_of '{"when":"onshutdown","ack":"poweroff","action":"ignore"}'
    request reboot
    until_store control/shutdown poweroff
    count_is 1
    sleep 1
    obeys
    # Not even if somebody writes it again: the node's value does not change.
    request poweroff
    sleep 1
    obeys
    is "requests" "$(store_read data/xen-test-vm/requests)" 1
    # It is a request after the node had another value.
    request ""
    sleep 1
    request poweroff
    until_reason 0

    case_of "text that stays in the node is a request again at the next event"
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"ignore"}'
    request poweroff
    count_is 1
    sleep 1
    obeys
    is "requests" "$(store_read data/xen-test-vm/requests)" 1
    request poweroff
    until_reason 0

    case_of "a command armed later does not fire on text already handled"
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"ignore"}'
    request poweroff
    count_is 1
    command_of '{"when":"onshutdown","ack":"ok","action":"crash"}'
    until_state armed
    sleep 1
    still_up
    is "the node" "$(store_read control/shutdown)" poweroff

    case_of "a request that waits when the VM starts is obeyed"
    vm_start_paused
    request crash
    xl unpause "$vm"
    until_reason 3

    case_of "a request that comes while another one is in work is not lost"
    vm_start
    xl pause "$vm"
    request "first"
    xl unpause "$vm"
    request "second"
    until_store control/shutdown ""
    request poweroff
    until_reason 0
    until_console '"poweroff": acknowledge'

    end_of_scenario
}
