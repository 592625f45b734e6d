#!/bin/sh
# SPDX-License-Identifier: MIT
# Dumps of a VM's memory: before and after it grew, in any state.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

# Have xl dump the domain; the dump must contain all pages.
dump() {
    [ "$case_failed" ] && return 1
    xl dump-core "$vm" "$XTVM_WORK/dump" >"$XTVM_WORK/xl.log" 2>&1 ||
        { fail "xl dump-core: $(cat "$XTVM_WORK/xl.log")"; return 1; }
    [ "$(wc -c <"$XTVM_WORK/dump")" -gt $(($(pages) * 4096)) ] ||
        fail "the dump has $(wc -c <"$XTVM_WORK/dump") bytes"
    rm -f "$XTVM_WORK/dump"
}

# becomes MIB: set the memory target and wait until it is reached.
becomes() {
    mem_set "$1"
    until_pages $(($1 * 256))
}

scenario() {
    [ "$has_helper" ] || {
        skip_scenario "dumps" "needs xen-domain, which counts a domain's pages"
        return
    }

    # For PVH, xl tries each frame below 3.75 GiB, one by one: 20 minutes were
    # too few.
    [ "$XTVM_TYPE" = pv ] || [ "${XTVM_DUMPS-}" ] || {
        skip_scenario "dumps" "xl needs many minutes for PVH (XTVM_DUMPS)"
        return
    }

    case_of "running"
    vm_start "memory = 4"
    dump
    obeys
    if [ "$XTVM_TYPE" = pvh ]; then
        end_of_scenario
        return
    fi

    for memory in 1 20; do
        case_of "grown, paused, restored, suspended, crashed, $memory MiB"
        vm_start "memory = $memory" "maxmem = 60"
        becomes 24
        dump
        xl pause "$vm"
        dump
        xl unpause "$vm"
        obeys
        save_and_restore
        dump
        becomes 8
        dump
        becomes 30
        dump
        store_write data/testing '{"when":"now","action":"suspend"}'
        until_reason 2
        dump
        xen-domain resume "$domid" fast
        obeys
        store_write data/testing '{"when":"now","action":"crash"}'
        until_reason 3
        dump
    done
    end_of_scenario
}
