#!/bin/sh
# SPDX-License-Identifier: MIT
# A request that the toolstack has withdrawn is not carried out.

# try TEXT: write a request and, 0 to 3 ms later, withdraw it if the node still
# holds it, as libxl cancels a suspend. Sets took to `withdrawn`, or to `late`:
# then the VM obeys the request.
try() {
    [ "$case_failed" ] && return 1
    took=$(xen-store withdraw $((tries % 4)) \
        "/local/domain/$domid/control/shutdown" "$1" 2>&1) ||
        fail "xen-store withdraw: $took"
    tries=$((tries + 1))
}

# The number of requests that the VM has counted, withdrawn or not.
seen() {
    echo $(($(store_read data/xen-test-vm/requests) +
        $(store_read data/xen-test-vm/withdrawn)))
}

# not_obeyed TEXT REASON: try it many times. A request that is withdrawn in time
# has no effect; otherwise the domain ends with REASON.
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
        skip_scenario "requests that are withdrawn" \
            "needs xen-store, which withdraws what it has written"
        return
    }

    case_of "poweroff"
    not_obeyed poweroff 0

    case_of "suspend"
    not_obeyed suspend 2

    case_of "a command stays armed; withdrawn requests are not counted"
    vm_start
    command_of '{"when":"onshutdown","action":"ignore","id":"a","count":40}'
    tries=0
    late=0
    while [ $tries -lt 24 ] && [ ! "$case_failed" ]; do
        try dance
        [ "$took" = withdrawn ] || late=$((late + 1))
        # When this command is refused, all earlier messages have been handled.
        command_of ' '
        until_store data/xen-test-vm/refused $tries
        until_state armed
    done
    is "the requests" "$(store_read data/xen-test-vm/requests)" $late
    [ "$case_failed" ] || [ "$(seen)" -le 24 ] || fail "$(seen) requests of 24"

    case_of "a request that replaces another one is obeyed alone"
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
