#!/bin/sh
# SPDX-License-Identifier: MIT
# dirty, flood and storm do their work, and the VM obeys meanwhile.

start() {
    store_write data/testing "{\"when\":\"now\",\"action\":$1,\"id\":\"w\"}"
    until_reply_has '"id": "w", "result": "'
}

until_over() {
    until_reply_has '"id": "w", "result": "done"'
}

# answered NAME: a number from the newest answer.
answered() {
    store_read data/xen-test-vm/reply | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"
}

flood_lines() {
    vm_console | tr -d '\r' | grep '^flood '
}

scenario() {
    for work in '"dirty","mib":16,"mib_per_s":4' '"flood","bytes":100000000' \
        '"storm","writes":100000000'; do
        case_of "a request is obeyed during ${work%%,*}"
        vm_start "memory = 32"
        start "$work"
        until_state busy
        request dance
        until_store control/shutdown ""
        command_of '{"when":"onshutdown","action":"ignore","ack":"caught"}'
        request poweroff
        until_store control/shutdown caught
        is "the state" "$(store_read data/xen-test-vm/state)" busy
        request poweroff
        until_reason 0

        case_of "now and ignore stop ${work%%,*}"
        vm_start "memory = 32"
        start "$work"
        until_state busy
        store_write data/testing '{"when":"now","action":"ignore","id":"i"}'
        until_reply_has '"id": "i", "result": "done"'
        until_state ready
        is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
        obeys

        case_of "${work%%,*} goes on after save and restore"
        vm_start "memory = 32"
        start "$work"
        until_state busy
        save_and_restore
        counts 1 1 0 busy
        request poweroff
        until_reason 0
    done

    case_of "a program goes on when work is over"
    vm_start "memory = 8"
    command_of '[{"when":"now","action":"dirty","mib":2,"seconds":1},
        {"when":"now","action":"storm","writes":100},
        {"when":"now","action":"flood","bytes":1000},
        {"when":"onshutdown","action":"crash"}]'
    until_state armed
    is "the storm" "$(store_read data/xen-test-vm/storm)" 100
    request poweroff
    until_reason 3

    case_of "flood: whole lines, in order, as many bytes as asked"
    vm_start
    start '"flood","bytes":100001'
    until_over
    until_true "the last line is there" console_has "flood 0000001563"
    is "the lines" "$(flood_lines | wc -l | tr -d ' ')" 1563
    # Two bytes of each line are its end.
    is "the bytes" "$(($(flood_lines | tr -d '\n' | wc -c) + 2 * 1563))" 100001
    # Compare as text: busybox takes a number with a leading zero for octal.
    is "their order" "$(flood_lines |
        awk '{ sub(/^0+/, "", $2) } $2 != NR "" { print }' | head -n 1)" ""
    obeys

    case_of "storm: every write, and the node holds the last one"
    vm_start
    start '"storm","writes":1000'
    until_over
    is "the node" "$(store_read data/xen-test-vm/storm)" 1000
    obeys

    case_of "dirty: filled, rewritten at its rate, verified"
    vm_start "memory = 32"
    start '"dirty","mib":16,"mib_per_s":8,"seconds":5'
    until_over
    is words_wrong "$(answered words_wrong)" 0
    [ "$(answered mib_rewritten)" -gt 0 ] || fail "nothing was rewritten"
    until_state ready
    obeys

    case_of "dirty: too many MiB are refused; the answer says how many fit"
    vm_start "memory = 32"
    command_of '{"when":"now","action":"dirty","mib":4096}'
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        'mib is 4096: no more than '
    fits=$(store_read data/xen-test-vm/reply |
        sed 's/.*no more than \([0-9]*\) would fit.*/\1/')
    [ "$fits" -ge 28 ] || fail "of 32 MiB only $fits would fit"
    start "\"dirty\",\"mib\":$fits,\"seconds\":1"
    until_over
    is words_wrong "$(answered words_wrong)" 0
    obeys

    case_of "dirty: never above the target of a VM with room to grow"
    needs_growth
    vm_start "memory = 32" "maxmem = 64"
    command_of '{"when":"now","action":"dirty","mib":4096}'
    fits=$(store_read data/xen-test-vm/reply |
        sed 's/.*no more than \([0-9]*\) would fit.*/\1/')
    [ "$fits" -le 32 ] || fail "of 32 MiB $fits would fit"
    start "\"dirty\",\"mib\":$fits,\"mib_per_s\":16,\"seconds\":2"
    until_over
    obeys

    case_of "dirty: live migration at 8 MiB/s, 64 MiB"
    vm_start "memory = 64"
    start '"dirty","mib":48,"mib_per_s":8'
    until_state busy
    migrate
    counts 1 1 0 busy
    store_write data/testing '{"when":"now","action":"ignore","id":"i"}'
    until_reply_has '"id": "i", "result": "done"'
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
    obeys

    case_of "dirty: save, restore and checkpoint, verified each time"
    vm_start "memory = 16"
    start '"dirty","mib":8,"mib_per_s":16'
    until_state busy
    save_and_restore
    counts 1 1 0 busy
    checkpoint
    counts 2 1 1 busy
    store_write data/testing '{"when":"now","action":"ignore","id":"i"}'
    until_reply_has '"id": "i", "result": "done"'
    until_state ready
    obeys

    end_of_scenario
}
