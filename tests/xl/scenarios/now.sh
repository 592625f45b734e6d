#!/bin/sh
# SPDX-License-Identifier: MIT
# Commands with "when": "now": the actions of requests, and ack.

scenario() {
    for row in poweroff:0 halt:0 reboot:1 crash:3; do
        action=${row%:*}
        case_of "$action is done at once, with an answer"
        vm_start
        store_write data/testing "{\"when\":\"now\",\"action\":\"$action\"}"
        until_reason "${row#*:}"
        is "the node" "$(store_read data/testing)" ""
        is "the answer" "$(store_read data/xen-test-vm/reply)" \
            '{"seq": 1, "result": "done"}'
        is "the state" "$(store_read data/xen-test-vm/state)" stopping
    done

    case_of "ack has no effect"
    vm_start
    for ack in ok none delete text; do
        command_of '{"when":"now","action":"ignore",
            "ack":"'$ack'","id":"'$ack'"}'
        is "the answer to $ack" \
            "$(store_read data/xen-test-vm/reply | sed 's/.*"id"/"id"/')" \
            "\"id\": \"$ack\", \"result\": \"done\"}"
    done
    still_up

    case_of "ignore cancels a pending command"
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"crash"}'
    until_state armed
    command_of '{"when":"now","action":"ignore"}'
    until_state ready
    request poweroff
    until_reason 0

    end_of_scenario
}
