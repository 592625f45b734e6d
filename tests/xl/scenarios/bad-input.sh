#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad commands are acknowledged, refused with one sentence, and change nothing.

# refused SENTENCE TEXT
refused() {
    [ "$case_failed" ] && return 1
    before=$(store_read data/xen-test-vm/refused)
    store_write data/testing "$2"
    until_store data/xen-test-vm/refused $((before + 1))
    until_store data/testing ""
    is "the answer to $2" "$(store_read data/xen-test-vm/reply |
        sed 's/.*"result"/"result"/')" \
        "\"result\": \"refused\", \"error\": \"$1\"}"
    is "the state after $2" "$(store_read data/xen-test-vm/state)" armed
}

long() {
    head -c "$1" /dev/zero | tr '\0' x
}

scenario() {
    case_of "each kind of bad input"
    vm_start
    command_of '{"when":"onshutdown","ack":"delete","action":"ignore"}'
    until_state armed
    refused 'action is missing' '{"when":"now"}'
    refused 'when is missing' '{"action":"poweroff"}'
    refused 'unknown when: \"later\"' '{"when":"later","action":"poweroff"}'
    refused 'unknown action: \"jump\"' '{"when":"now","action":"jump"}'
    refused 'action is a number, not text' '{"when":"now","action":1}'
    refused 'the message is a number, not an object' '1'
    refused 'the message is text, not an object' '"reboot"'
    refused 'ack is longer than 256 bytes' \
        '{"when":"onshutdown","action":"crash","ack":"'"$(long 257)"'"}'
    refused 'id is empty' '{"when":"now","action":"crash","id":""}'
    refused 'the message is longer than 2047 bytes' \
        '{"when":"now","action":"crash","x":"'"$(long 2012)"'"}'
    # The pending command is as it was.
    request poweroff
    until_true "the node is removed" store_lacks control/shutdown
    obeys

    end_of_scenario
}
