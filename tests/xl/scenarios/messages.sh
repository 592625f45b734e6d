#!/bin/sh
# SPDX-License-Identifier: MIT
# Many messages, at any pace: none is lost, none is obeyed twice.

own() {
    store_read "data/xen-test-vm/$1"
}

scenario() {
    times_of 200 1000
    case_of "$times messages, each sent after the last was acknowledged"
    vm_start
    number=0
    while [ $number -lt "$times" ] && [ ! "$case_failed" ]; do
        number=$((number + 1))
        command_of "{\"when\":\"now\",\"action\":\"ignore\",\"id\":\"$number\"}"
    done
    is "the commands" "$(own commands)" "$times"
    has "the last answer" "$(own reply)" "\"seq\": $times, \"id\": \"$times\""

    case_of "$times messages without waiting: the last one is obeyed"
    vm_start
    number=0
    while [ $number -lt "$times" ] && [ ! "$case_failed" ]; do
        number=$((number + 1))
        store_write data/testing \
            "{\"when\":\"now\",\"action\":\"ignore\",\"id\":\"$number\"}"
    done
    until_store data/testing ""
    until_reply_has "\"id\": \"$times\""
    [ "$case_failed" ] || [ "$(own commands)" -le "$times" ] ||
        fail "$(own commands) commands of $times"
    # A command that is obeyed twice would cause one more answer.
    is "the last answer" "$(own reply | sed 's/.*"id"/"id"/')" \
        "\"id\": \"$times\", \"result\": \"done\"}"
    is "answers and commands" "$(own reply |
        sed 's/{"seq": \([0-9]*\).*/\1/')" "$(own commands)"
    obeys

    case_of "the right to read is taken away, and given back"
    vm_start
    command_of '{"when":"now","action":"ignore"}'
    xenstore-chmod "/local/domain/$domid/data/testing" n0
    store_write data/testing '{"when":"now","action":"crash"}'
    until_console 'data/testing cannot be read: EACCES'
    still_up
    store_write data/testing ""
    xenstore-chmod "/local/domain/$domid/data/testing" "n$domid"
    obeys

    case_of "a command and a request in one transaction"
    vm_start
    # xenstore-write writes all nodes in one transaction.
    xenstore-write "/local/domain/$domid/data/testing" \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}' \
        "/local/domain/$domid/control/shutdown" poweroff
    until_store data/testing ""
    until_lacks control/shutdown
    is "the commands" "$(own commands)" 1
    is "the requests" "$(own requests)" 1
    obeys
    end_of_scenario
}
