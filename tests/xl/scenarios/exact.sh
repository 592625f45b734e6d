#!/bin/sh
# SPDX-License-Identifier: MIT
# Delays are exact to 1 ms, rates to 5 %, with a clock that counts instructions.

# late LINE: how late the action or acknowledgement was, in us.
late() {
    vm_console | sed -n "s|.*$1 is due now, \([0-9]*\) us late.*|\1|p"
}

# on_time LINE: it came within 1 ms. Sleeps first: dom0 has the same CPU, so it
# must be quiet meanwhile.
on_time() {
    sleep $((ms / 1000 + 2))
    until_console "$1 is due now"
    [ "$case_failed" ] && return 1
    [ "$(late "$1")" -lt 1000 ] || fail "it is $(late "$1") us late"
}

scenario() {
    if [ ! "${XTVM_EXACT-}" ]; then
        skip_scenario "delays and rates" \
            "needs a clock that counts instructions (XTVM_EXACT)"
        return
    fi

    for ms in 300 2000; do
        case_of "an acknowledgement after $ms ms"
        vm_start
        command_of '{"when":"onshutdown","action":"ignore",
            "ack_delay_ms":'$ms'}'
        request poweroff
        on_time "control/shutdown"
        took $ms "caught by" "control/shutdown is due now"

        case_of "an action $ms ms after the acknowledgement"
        vm_start
        command_of '{"when":"onshutdown","action":"crash",
            "action_delay_ms":'$ms'}'
        request poweroff
        on_time crash
        took $ms "caught by" "crash is due now"

        case_of "now, after $ms ms"
        vm_start
        store_write data/testing \
            '{"when":"now","action":"halt","action_delay_ms":'$ms'}'
        on_time halt
        took $ms "now: halt after" "halt is due now"
    done

    case_of "a delay of 5 s, while the host's clock jumps by days"
    ms=5000
    vm_start
    store_write data/testing \
        '{"when":"now","action":"halt","action_delay_ms":'$ms'}'
    until_state waiting
    for days in 1 -2 1; do
        date -s "@$(($(date +%s) + days * 86400))" >/dev/null
        sleep 1
    done
    on_time halt
    took $ms "now: halt after" "halt is due now"

    for rate in 2 8 40; do
        case_of "dirty at $rate MiB/s for 5 s"
        vm_start "memory = 32"
        command_of '{"when":"now","action":"dirty","mib":16,"seconds":5,
            "mib_per_s":'$rate',"id":"d"}'
        sleep 6
        until_reply "done"
        mib=$(store_read data/xen-test-vm/reply |
            sed 's/.*"mib_rewritten": \([0-9]*\).*/\1/')
        # 5 % less, and another MiB, since the number is rounded down.
        [ "$mib" -ge $((rate * 5 * 95 / 100 - 1)) ] || fail "only $mib MiB"
        [ "$mib" -le $((rate * 5 * 105 / 100)) ] || fail "$mib MiB"
        # The clock must agree: it took no longer.
        took 5000 "now: dirty" "dirty is over"
        [ "$case_failed" ] || [ "$between" -le 5750 ] || fail "$between ms"
    done

    end_of_scenario
}
