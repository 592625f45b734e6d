#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory that comes and goes while the domain is saved: no page is lost.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

balloon() {
    result_of "\"action\":\"balloon\"$1"
    has "the answer" "$reply" '"result": "done"'
}

# start MIB LINE...: a VM that knows how much it has. PVH gives the rest back at
# the start, and has pages beside its RAM.
start() {
    mib=$1
    shift
    vm_start "memory = $mib" "$@"
    until_told '"action":"balloon"' \
        "\"kib\": $((mib * 1024)), \"target_kib\": $((mib * 1024))"
    [ "$case_failed" ] || beside=$(($(pages) - mib * 256))
}

# The VM and Xen count the same, when nothing moves.
counts_agree() {
    balloon ',"mode":"refuse"'
    has "the answer, with $(pages) pages as Xen counts," "$reply" \
        "\"kib\": $((($(pages) - beside) * 4)),"
}

# all_is_good MIB: there is so much to write to, and it keeps what it is given.
all_is_good() {
    result_of "\"action\":\"dirty\",\"mib\":$1,\"mib_per_s\":0,\"seconds\":1"
    has "the answer" "$reply" '"words_wrong": 0'
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
}

# A save has begun, has looked at the p2m, and waits for the VM to suspend.
save_begins() {
    command_of '{"when":"onshutdown","request":"suspend","action":"ignore",
        "id":"w"}'
    # shellcheck disable=SC2034 # for lib.sh
    toolstack="xl save NAME FILE" row=$vm
    toolstack_begins
    until_reply_has '"id": "w", "result": "done"'
}

# save_ends MIB: now the VM suspends, and is restored with that target.
save_ends() {
    store_write data/testing '{"when":"now","action":"suspend"}'
    toolstack_ends
    says 0
    [ "$case_failed" ] && return 1
    mv "$XTVM_WORK/$vm.save" "$XTVM_WORK/save"
    restore_with "$1"
}

# The domain has more pages than that, or fewer.
grew() {
    [ "$(pages)" -gt "$1" ]
}

shrank() {
    [ "$(pages)" -lt "$1" ]
}

grows_on() {
    [ "$case_failed" ] && return 1
    until_true "it grows on" grew $(($(pages) + 300))
}

shrinks_on() {
    [ "$case_failed" ] && return 1
    until_true "it shrinks on" shrank $(($(pages) - 300))
}

until_mib() {
    until_true "$1 MiB" has_pages $(($1 * 256 + beside))
}

# restore_with MIB: xl saves the target that stands when the save begins. A
# domain that has more does not fit into a new one with that target.
restore_with() {
    [ "$case_failed" ] && return 1
    sed "s/^memory = .*/memory = $1/" "$config" >"$config.restore"
    xl restore "$config.restore" "$XTVM_WORK/save" \
        >"$XTVM_WORK/save.log" 2>&1 ||
        { fail "xl restore: $(cat "$XTVM_WORK/save.log")"; return 1; }
    rm -f "$XTVM_WORK/save"
    domid=$(number_of "$vm")
}

scenario() {
    [ "$has_helper" ] || {
        case_of "the balloon while the domain is saved"
        skip_case "xen-domain, which counts a domain's pages"
        end_of_scenario
        return
    }

    case_of "it grows while it is saved"
    start 20 "maxmem = 140"
    balloon ',"mode":"slow","kib_per_s":250'
    mem_set 140
    for _ in 1 2 3; do
        save_begins
        grows_on
        save_ends 140
    done
    counts_agree
    balloon ',"mode":"obey"'
    mem_set 60
    until_mib 60
    counts_agree
    all_is_good 56

    case_of "it shrinks while it is saved"
    start 60
    for _ in 1 2; do
        balloon ',"mode":"slow","kib_per_s":250'
        mem_set 20
        save_begins
        shrinks_on
        save_ends 60
        counts_agree
    done
    balloon ',"mode":"obey"'
    until_mib 60
    counts_agree
    all_is_good 56

    for memory in 1 4 20; do
        case_of "it is told to grow while it is saved, from $memory MiB"
        start "$memory" "maxmem = 60"
        save_begins
        mem_set 40
        until_mib 40
        save_ends 40
        until_mib 40
        counts_agree
        all_is_good 36
        save_and_restore
        counts_agree
        all_is_good 36
    done
    end_of_scenario
}
