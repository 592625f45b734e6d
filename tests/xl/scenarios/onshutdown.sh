#!/bin/sh
# SPDX-License-Identifier: MIT
# Commands with "when": "onshutdown": actions of requests and ignore, each ack.

# node_after ACK: the node holds what ACK leaves of the request poweroff.
node_after() {
    case $1 in
    ok) until_store control/shutdown "" ;;
    none) is "the node" "$(store_read control/shutdown)" poweroff ;;
    delete) store_lacks control/shutdown || fail "the node is there still" ;;
    *) is "the node" "$(store_read control/shutdown)" "$1" ;;
    esac
}

arm() {
    command_of '{"when":"onshutdown","ack":"'"$1"'","action":"'"$2"'"}' &&
        until_state armed &&
        is "the answer" "$(store_read data/xen-test-vm/reply)" \
            '{"seq": 1, "result": "armed"}'
}

scenario() {
    for row in poweroff:0 halt:0 reboot:1 crash:3; do
        for ack in ok none delete "some text"; do
            case_of "${row%:*}, acknowledged by $ack"
            vm_start
            arm "$ack" "${row%:*}"
            request poweroff
            until_reason "${row#*:}"
            node_after "$ack"
            is "the answer" "$(store_read data/xen-test-vm/reply)" \
                '{"seq": 2, "result": "done"}'
        done
    done

    for ack in ok none delete "some text"; do
        case_of "ignore, acknowledged by $ack, stays and fires once"
        vm_start
        arm "$ack" ignore
        request poweroff
        until_reply "done"
        node_after "$ack"
        until_state ready
        still_up
        request reboot
        until_reason 1
    done

    for ack in ok none delete "some text"; do
        case_of "suspend, acknowledged by $ack, fires once"
        if [ ! "$has_helper" ]; then
            skip_case "xen-domain, a helper of the emulated host, is missing"
            continue
        fi
        vm_start
        arm "$ack" suspend
        request poweroff
        until_reason 2
        node_after "$ack"
        xen-domain resume "$domid" fast
        until_reply "done"
        until_state ready
        still_up
        request reboot
        until_reason 1
    done

    case_of "any text on the node fires it"
    vm_start
    arm ok crash
    request "anything at all"
    until_reason 3

    case_of "an armed command does not fire by itself"
    vm_start
    arm ok crash
    request ""
    sleep 2
    is "the state" "$(store_read data/xen-test-vm/state)" armed
    still_up

    end_of_scenario
}
