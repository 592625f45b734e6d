#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs, count, request, and programs on the kernel command line.

# answered RESULT STEP: wait until the newest answer has this result and step.
answered() {
    until_reply_has "\"step\": $2, \"result\": \"$1\""
}

# 1100 bytes of words.
many_words() {
    printf '%01100d' 0 | sed 's/0/x /g' | cut -c 1-1100
}

scenario() {
    case_of "a program ignores the first request and obeys the second"
    vm_start
    command_of '[{"when":"onshutdown","ack":"none","action":"ignore"},
        {"when":"onshutdown","ack":"ok","action":"poweroff"}]'
    answered armed 0
    request reboot
    answered armed 1
    is "the node" "$(store_read control/shutdown)" reboot
    request reboot
    until_reason 0
    is "the node" "$(store_read control/shutdown)" ""
    answered "done" 1

    case_of "sixteen commands, each with its own answer"
    vm_start
    program=
    step=0
    while [ $step -lt 16 ]; do
        program="$program${program:+,}{\"when\":\"onshutdown\",
            \"action\":\"ignore\",\"ack\":\"$step\"}"
        step=$((step + 1))
    done
    command_of "[$program]"
    step=0
    while [ $step -lt 16 ]; do
        answered armed $step
        request suspend
        until_store control/shutdown $step
        step=$((step + 1))
    done
    answered "done" 15
    until_state ready
    obeys

    case_of "now and onshutdown, delays and writes, in one program"
    vm_start
    command_of '[{"when":"now","action":"write","path":"data/a","value":"1"},
        {"when":"now","action":"remove","path":"data/a",
            "action_delay_ms":20000},
        {"when":"onshutdown","action":"ignore","ack":"delete"},
        {"when":"now","action":"crash","action_delay_ms":500,"id":"last"}]'
    until_store data/a 1
    until_state waiting
    until_lacks data/a
    answered armed 2
    request poweroff
    until_lacks control/shutdown
    until_reason 3
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        '"id": "last", "step": 3, "result": "done"'

    case_of "a program survives suspends that it orders itself"
    vm_start
    command_of '[{"when":"onshutdown","action":"suspend","count":2},
        {"when":"onshutdown","action":"crash","ack":"none"}]'
    save_and_restore
    until_state armed
    checkpoint
    answered armed 1
    counts 2 1 1 armed
    request halt
    until_reason 3

    case_of "a program with one wrong command is refused as a whole"
    vm_start
    command_of '[{"when":"now","action":"crash"},
        {"when":"now","action":"jump","id":"wrong"}]'
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        '"id": "wrong", "step": 1, "result": "refused"'
    for text in '[]' '[[]]' '[{"when":"onshutdown","action":"ignore",
        "count":0},{"when":"now","action":"crash"}]'; do
        command_of "$text"
        reply_says refused || fail "accepted: $text"
    done
    obeys

    case_of "count: the next three requests, and no fourth"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore","ack":"no","count":3}'
    for number in 1 2 3; do
        request poweroff
        until_store control/shutdown no
        until_store data/xen-test-vm/requests $number
    done
    until_state ready
    request poweroff
    until_reason 0

    case_of "count 0: every request from now on"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore","ack":"","count":0}'
    number=0
    while [ $number -lt 20 ]; do
        request reboot
        number=$((number + 1))
        until_store data/xen-test-vm/requests $number
    done
    until_state armed
    obeys

    case_of "request: other requests are obeyed as usual, and are not counted"
    vm_start
    command_of '{"when":"onshutdown","request":"reboot","action":"ignore",
        "ack":"none","count":2}'
    request dance
    until_store control/shutdown ""
    request reboot
    until_store data/xen-test-vm/requests 2
    is "the node" "$(store_read control/shutdown)" reboot
    request Reboot
    until_store control/shutdown ""
    until_state armed
    request poweroff
    until_reason 0

    case_of "a newer command replaces a program"
    vm_start
    command_of '[{"when":"onshutdown","action":"ignore","ack":"one"},
        {"when":"onshutdown","action":"crash"}]'
    request halt
    answered armed 1
    command_of '{"when":"onshutdown","action":"ignore","ack":"two"}'
    request halt
    until_store control/shutdown two
    until_state ready
    still_up
    obeys

    case_of "testing= on the command line, armed again after each reboot"
    vm_start_armed 'on_reboot = "restart"' \
        "extra = 'self-test testing=[$(armed boot)]'"
    for round in 1 2; do
        is "the answer $round" "$(store_read data/xen-test-vm/reply)" \
            '{"seq": 1, "step": 0, "result": "armed"}'
        request poweroff
        until_store control/shutdown boot
        until_state ready
        store_write data/testing '{"when":"now","action":"reboot"}'
        until_new_domain
        until_state armed
    done

    case_of "testing= is not armed again by a restore"
    vm_start_armed "extra = 'suspend-event-channel testing=$(armed x)'"
    request poweroff
    until_store control/shutdown x
    save_and_restore
    until_state ready
    request poweroff
    until_reason 0

    case_of "testing= with now acts at once"
    vm_create -q "extra = 'testing={\"when\":\"now\",\"action\":\"crash\"}'"
    until_reason 3

    case_of "testing= that is wrong is refused, and the VM obeys"
    vm_start "extra = 'testing={\"when\":\"now\"}'"
    until_store data/xen-test-vm/reply \
        '{"seq": 1, "result": "refused", "error": "action is missing"}'
    obeys

    case_of "testing= in a command line that may have been cut"
    vm_create -q "extra = '$(many_words)testing=$(armed boot)'"
    if [ "$XTVM_TYPE" = pv ]; then
        # The command line ends before the word: the VM does not see the word.
        until_state ready
        obeys
        case_of "testing= in a command line that was cut within it"
        vm_start "extra = 'testing=$(armed boot) $(many_words)'"
        has "the answer" "$(store_read data/xen-test-vm/reply)" \
            'the command line may be cut'
        obeys
    else
        # For PVH nothing is cut.
        until_state armed
    fi

    end_of_scenario
}

# A command that acknowledges the next request with this text.
armed() {
    echo '{"when":"onshutdown","action":"ignore","ack":"'"$1"'"}'
}

# vm_start_armed LINE...: the same as vm_start, for a VM that is armed at boot.
vm_start_armed() {
    vm_create -q "$@" && until_state armed
}
