#!/bin/sh
# SPDX-License-Identifier: MIT
# Every action that is not a toolstack's request, and its answer.

now() {
    store_write data/testing "{\"when\":\"now\",\"action\":$1}"
}

# Print the newest answer without its number.
answer() {
    store_read data/xen-test-vm/reply | sed 's/^{"seq": [0-9]*, /{/'
}

until_answer() {
    until_true "the answer is $1" answer_is "$1"
}

answer_is() {
    [ "$(answer)" = "$1" ]
}

scenario() {
    for row in watchdog:4 soft-reset:5 "fault:$(fault_reason)"; do
        case_of "${row%:*} ends the domain with reason ${row#*:}"
        vm_start 'on_soft_reset = "preserve"'
        now "\"${row%:*}\""
        until_reason "${row#*:}"
        is "the answer" "$(answer)" '{"result": "done"}'
        is "the state" "$(store_read data/xen-test-vm/state)" stopping
    done

    for code in 0 1 3 4; do
        case_of "exit with code $code"
        vm_start
        now "\"exit\",\"code\":$code"
        until_reason "$code"
    done

    for code in 6 77 255; do
        case_of "exit with code $code, which Xen does not know: xl destroys it"
        xl_watches
        vm_start
        now "\"exit\",\"code\":$code"
        until_reason gone
        until_console "ends with reason $code"
    done

    for action in hang spin; do
        case_of "$action: it no longer reacts to requests"
        vm_start
        now "\"$action\""
        until_answer '{"result": "done"}'
        request poweroff
        sleep 2
        still_up
        is "the request" "$(store_read control/shutdown)" poweroff
        if can_check "its CPU time"; then
            before=$(cpu_time)
            sleep 2
            after=$(cpu_time)
            # Only 50 ms of two seconds: other VMs share the host.
            [ "$action" = hang ] && is "CPU time" "$((after - before))" 0
            [ "$action" = spin ] && is "is it busy" \
                "$((after - before > 50000000))" 1
        fi
    done

    case_of "write and remove a node"
    vm_start
    now '"write","path":"data/cant_suspend_reason","value":"a \"reason\""'
    until_store data/cant_suspend_reason 'a "reason"'
    until_answer '{"result": "done"}'
    now '"write","path":"data/cant_suspend_reason","value":""'
    until_store data/cant_suspend_reason ""
    now '"remove","path":"data/cant_suspend_reason"'
    until_lacks data/cant_suspend_reason
    obeys

    case_of "an answer names the error of the store"
    vm_start
    now '"write","path":"control/feature-balloon","value":"1"'
    until_answer '{"result": "failed", "error": "EACCES"}'
    now '"remove","path":"control"'
    until_true "it is refused" reply_says refused
    now '"remove","path":"domid"'
    until_answer '{"result": "failed", "error": "EACCES"}'
    now '"write","path":"data/a b","value":"1"'
    until_answer '{"result": "failed", "error": "EINVAL"}'
    is "the state" "$(store_read data/xen-test-vm/state)" ready
    obeys

    case_of "a store that is full: ENOSPC, or with oxenstored EQUOTA"
    vm_start
    full=
    number=0
    # Both daemons permit 1000 nodes for each domain.
    while [ $number -lt 1100 ] && [ ! "$full" ] && [ ! "$case_failed" ]; do
        quota_steps $number
        command_of "[$steps]"
        until_state ready
        reply_says failed && full=yes
        number=$((number + 16))
    done
    case $(answer) in
    *'"error": "ENOSPC"}' | *'"error": "EQUOTA"}') ;;
    *) fail "the answer is $(answer)" ;;
    esac
    obeys

    case_of "report"
    vm_start
    now '"report","id":"r"'
    until_true "there is an answer" reply_says "done"
    for fact in '"id": "r"' "\"guest\": \"$XTVM_TYPE\"" '"commands": 1' \
        "\"memory_kib\": $((least_mib * 1024))" \
        '"uptime_ms": ' '"version": "' '"mib_max": ' \
        '"console_connection": 0'; do
        has "the report" "$(answer)" "$fact"
    done
    obeys

    case_of "a wrong or missing member of an action is refused"
    vm_start
    for text in '"exit"' '"exit","code":2' '"exit","code":256' \
        '"dirty"' '"dirty","mib":100000' '"flood"' '"flood","bytes":"9"' \
        '"write","path":"data/x"' '"write","path":"/vm","value":""' \
        '"remove","path":"control/shutdown"' '"remove","path":"data/../x"' \
        '"remove","path":"data/xen-test-vm/state"' '"ignore","count":2'; do
        command_of "{\"when\":\"now\",\"action\":$text}"
        until_true "it is refused: $text" reply_says refused
        command_of '{"when":"now","action":"ignore"}'
        until_true "and the VM is well" reply_says "done"
    done

    end_of_scenario
}

# Sets $steps to commands that write sixteen nodes.
quota_steps() {
    steps=
    step=$1
    while [ "$step" -lt $(($1 + 16)) ]; do
        steps="$steps${steps:+,}{\"when\":\"now\",\"action\":\"write\","
        steps="$steps\"path\":\"data/n$step\",\"value\":\"\"}"
        step=$((step + 1))
    done
}
