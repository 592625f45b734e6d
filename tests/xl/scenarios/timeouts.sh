#!/bin/sh
# SPDX-License-Identifier: MIT
# What xl does when its time is up: 60 s without an acknowledgement.

scenario() {
    case_of "xl shutdown, not acknowledged: xl gives up, the VM obeys"
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"ignore"}'
    has "xl's answer" "$(xl shutdown "$vm" 2>&1)" \
        "guest didn't acknowledge control request"
    obeys

    case_of "xl save, not acknowledged: xl gives up, the VM obeys"
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"ignore"}'
    has "xl's answer" "$(xl save "$vm" "$XTVM_WORK/save" 2>&1)" \
        "guest didn't acknowledge suspend, cancelling request"
    rm -f "$XTVM_WORK/save"
    obeys
    has "xl's answer" "$(xl shutdown -w "$vm" 2>&1)" "reason code 0"

    case_of "xl save, acknowledged and not done: xl gives up, the VM obeys"
    vm_start
    command_of '{"when":"onshutdown","ack":"ok","action":"ignore"}'
    has "xl's answer" "$(xl save "$vm" "$XTVM_WORK/save" 2>&1)" \
        "guest did not suspend, timed out"
    rm -f "$XTVM_WORK/save"
    obeys
    has "xl's answer" "$(xl shutdown -w "$vm" 2>&1)" "reason code 0"

    end_of_scenario
}
