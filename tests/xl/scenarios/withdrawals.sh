#!/bin/sh
# SPDX-License-Identifier: MIT
# A request that the toolstack has taken back is not carried out.

# try TEXT: write it and, 0 to 3 ms later, take it back if it still stands; so
# libxl cancels a suspend. $took is `withdrawn`, or `late`: it is obeyed then.
try() {
    [ "$case_failed" ] && return 1
    took=$(xen-store withdraw $((tries % 4)) \
        "/local/domain/$domid/control/shutdown" "$1") ||
        fail "xen-store withdraw: $took"
    tries=$((tries + 1))
}

# How many requests the VM has counted, withdrawn or not.
seen() {
    echo $(($(store_read data/xen-test-vm/requests) +
        $(store_read data/xen-test-vm/withdrawn)))
}

# not_obeyed TEXT REASON: whenever it was taken back in time, the VM goes on.
not_obeyed() {
    vm_start
    tries=0
    late=0
    while [ $tries -lt 16 ] && [ $late -lt 3 ] && [ ! "$case_failed" ]; do
        try "$1"
        if [ "$took" = late ]; then
            late=$((late + 1))
            until_reason "$2"
            vm_end_all
            vm_start
            continue
        fi
        obeys
        node_is ""
        is "the requests" "$(store_read data/xen-test-vm/requests)" 0
    done
    request "$1"
    until_reason "$2"
}

scenario() {
    [ "$has_store_helper" ] || {
        case_of "requests that are taken back"
        skip_case "xen-store, which takes back what it has written"
        end_of_scenario
        return
    }

    case_of "poweroff"
    not_obeyed poweroff 0

    case_of "suspend"
    not_obeyed suspend 2

    case_of "a command stays armed, and counts what is left only"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore","id":"a","count":40}'
    tries=0
    late=0
    while [ $tries -lt 24 ] && [ ! "$case_failed" ]; do
        try dance
        [ "$took" = withdrawn ] || late=$((late + 1))
        # Behind this one, whatever was written before is handled.
        command_of ' '
        until_store data/xen-test-vm/refused $tries
        until_state armed
    done
    is "the requests" "$(store_read data/xen-test-vm/requests)" $late
    [ "$case_failed" ] || [ "$(seen)" -le 24 ] || fail "$(seen) requests of 24"

    case_of "what takes its place is obeyed alone"
    vm_start
    tries=0
    while [ $tries -lt 12 ] && [ ! "$case_failed" ]; do
        tries=$((tries + 1))
        request "first $tries"
        request "second $tries"
        until_store control/shutdown ""
        until_console "second $tries"
    done
    obeys
    [ "$case_failed" ] || [ "$(seen)" -le 24 ] || fail "$(seen) requests of 24"
    end_of_scenario
}
