#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory: the balloon, its modes, suspends, and populate on demand.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

balloon() {
    result_of "\"action\":\"balloon\"$1"
    has "the answer" "$reply" '"result": "done"'
}

# settled KIB: the VM has reached the target of the toolstack.
settled() {
    until_told '"action":"balloon"' "\"kib\": $1, \"target_kib\": $1"
}

start() {
    vm_start "$@"
    begun=$(pages)
}

scenario() {
    [ "$has_helper" ] || {
        skip_scenario "the balloon" \
            "needs xen-domain, which counts a domain's pages"
        return
    }

    case_of "xl mem-set down and up; Xen counts the pages"
    start "memory = 64"
    mem_set 32
    until_less 32768
    settled 32768
    mem_set 64
    until_less 0
    mem_set 63
    until_less 1024
    obeys

    times_of 5 50
    case_of "$times times down and up: no page is lost"
    start "memory = 64"
    number=0
    while [ $number -lt "$times" ]; do
        mem_set $((16 + number % 40))
        mem_set 64
        number=$((number + 1))
    done
    until_less 0
    mem_set 40
    until_less 24576
    result_of '"action":"dirty","mib":30,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'

    case_of "the balloon leaves the pages that dirty uses"
    start "memory = 64"
    command_of '{"when":"now","action":"dirty","mib":40,"mib_per_s":4,
        "id":"d"}'
    mem_set 16
    sleep 5
    balloon ""
    command_of '{"when":"now","action":"ignore"}'
    until_less 49152
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0

    case_of "it starts with less than its maximum"
    needs_growth
    vm_start "memory = 32" "maxmem = 64"
    settled 32768
    result_of '"action":"dirty","mib":30,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    begun=$(pages)
    mem_set 24
    until_less 8192
    mem_set 32
    until_less 0
    mem_set 64
    until_less -32768
    result_of '"action":"dirty","mib":60,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    mem_set 16
    until_less 16384
    mem_set 63
    until_less -31744
    save_and_restore
    result_of '"action":"dirty","mib":59,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    mem_set 64
    until_less -32768
    checkpoint
    obeys

    case_of "from 4 MiB to 1 GiB"
    needs_growth
    start "memory = 4" "maxmem = 1024"
    # No more than 64 MiB: saved domains are in memory, also those of other
    # scenarios.
    mem_set 64
    until_less $((-60 * 1024))
    save_and_restore
    result_of '"action":"dirty","mib":56,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    mem_set 1024
    until_less $((-1020 * 1024))
    mem_set 8
    until_less -4096
    obeys

    case_of "modes"
    start "memory = 64"
    balloon ',"mode":"refuse"'
    mem_set 32
    sleep 2
    is "the pages" "$(pages)" "$begun"
    balloon ',"mode":"obey"'
    until_less 32768
    balloon ',"mode":"slow","kib_per_s":1024'
    mem_set 28
    until_less 36864
    balloon ',"mode":"partial","percent":50'
    mem_set 44
    until_less 28672
    balloon ',"mode":"oscillate"'
    until_less 20480
    until_less $((20480 + 45056 / 8))
    until_less 20480
    balloon ',"mode":"stuck"'
    mem_set 60
    until_less 4096
    obeys

    case_of "mode slow, paused meanwhile"
    start "memory = 64"
    balloon ',"mode":"slow","kib_per_s":4096'
    mem_set 32
    xl pause "$vm"
    sleep 2
    xl unpause "$vm"
    until_less 32768
    balloon ',"mode":"slow","kib_per_s":1024'
    mem_set 40
    xl pause "$vm"
    sleep 2
    xl unpause "$vm"
    until_less 24576
    obeys

    case_of "targets out of reach: no page is lost, no CPU time is used"
    start "memory = 64"
    for target in 65540 18446744073709551609 0; do
        store_write memory/target "$target"
        until_told '"action":"balloon"' "\"target_kib\": $target"
        until_idle
        before=$(cpu_time)
        sleep 3
        is "the CPU time with $target" "$(cpu_time)" "$before"
        mem_set 64
        until_less 0
    done
    balloon ',"mode":"partial","percent":3'
    store_write memory/target 18446744073709551609
    until_told '"action":"balloon"' '"target_kib": 18446744073709551609'
    until_idle
    # PV may have a little more than at the start.
    [ "$case_failed" ] || [ "$(pages)" -ge "$begun" ] ||
        fail "$(pages) pages, of $begun"
    obeys

    case_of "the target is reached before a save, and before a checkpoint"
    start "memory = 300"
    mem_set 20
    save_and_restore
    settled 20480
    until_less $((280 * 1024))
    result_of '"action":"dirty","mib":16,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    mem_set 300
    until_less 0
    mem_set 50
    checkpoint
    settled 51200
    counts 2 1 1
    obeys

    case_of "save and restore, checkpoint"
    start "memory = 32"
    mem_set 16
    until_less 16384
    save_and_restore
    settled 16384
    result_of '"action":"dirty","mib":12,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    mem_set 32
    until_less 0
    checkpoint
    mem_set 24
    until_less 8192
    obeys

    case_of "live migration"
    start "memory = 16"
    mem_set 8
    until_less 8192
    if migrate; then
        mem_set 16
        until_less 0
    fi
    end_of_scenario
}
