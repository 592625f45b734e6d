#!/bin/sh
# SPDX-License-Identifier: MIT
# While messages come without end, all other work still gets its turn.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

# among_messages LINE...: start a VM with these lines of configuration, and
# write messages without end.
among_messages() {
    repeater=
    vm_start "$@" || return 1
    begun=$(pages)
    # 5 ms between them: a shorter pause would slow a busy host down.
    xen-store repeat 3600 5 "/local/domain/$domid/control/sysrq" dance &
    repeater=$!
    until_console 'dance 9'
}

# The messages have not ended yet, so the work before was done among them. Ends
# them.
still_come() {
    [ "$repeater" ] || return 1
    kill "$repeater" || fail "the messages have ended too early"
    wait "$repeater"
    obeys
}

scenario() {
    [ "$has_store_helper" ] || {
        skip_scenario "messages that never end" \
            "needs xen-store, which writes them"
        return
    }

    case_of "work, and the console"
    among_messages "memory = 4"
    result_of '"action":"storm","writes":40'
    has "the answer" "$reply" '"result": "done"'
    result_of '"action":"dirty","mib":1,"mib_per_s":4,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    until_console 'dirty is over: done'
    still_come

    case_of "the balloon and vCPUs"
    among_messages "memory = 8" "vcpus = 1" "maxvcpus = 2"
    mem_set 4
    until_less 4096
    vcpu_set 2
    until_online 2
    still_come

    case_of "the suspend port"
    among_messages 'extra = "suspend-event-channel"'
    checkpoint
    until_store data/xen-test-vm/suspends 1
    still_come
    counts 1 0 1
    end_of_scenario
}
