#!/bin/sh
# SPDX-License-Identifier: MIT
# The console's reader stops, goes away, and gets very much output.

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"

# Cause a log line of the greatest length.
noise() {
    store_write data/testing "$(printf '{"when":"%0200d"}' 0)"
    until_store data/testing ""
}

# reader_gets SIGNAL: send a signal to the console daemon. The case fails if
# there is no daemon.
reader_gets() {
    [ "$case_failed" ] && return 1
    killall "-$1" xenconsoled || fail "no xenconsoled gets SIG$1"
}

scenario() {
    alone "its reader stops" || return
    uses killall

    case_of "nobody reads: the VM obeys, and counts dropped lines"
    vm_start
    reader_gets STOP
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do noise; done
    obeys
    is "the answer" "$(store_read data/xen-test-vm/refused)" 12
    reader_gets CONT
    until_console "lines dropped: nobody reads]"
    noise
    until_true "it is heard again" grep -q "^.*unknown when" \
        "$logs/console/guest-$vm.log"

    case_of "the reader goes away and another one comes"
    vm_start
    reader_gets TERM
    noise
    obeys
    console_daemon_is_there
    until_console "unknown when"
    request poweroff
    until_reason 0

    case_of "10 MB: whole lines, in order"
    vm_start
    result_of '"action":"flood","bytes":10000000'
    until_true "the last line is there" console_has "flood 0000156250"
    is "what is out of order" "$(vm_console | tr -d '\r' | grep '^flood ' |
        awk '{ sub(/^0+/, "", $2) } $2 != NR "" { print }' | head -n 1)" ""
    obeys

    end_of_scenario
}
