#!/bin/sh
# SPDX-License-Identifier: MIT
# Memory grows and shrinks while the domain is saved: no page is lost.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

balloon() {
    result_of "\"action\":\"balloon\"$1"
    has "the answer" "$reply" '"result": "done"'
}

# start MIB LINE...: start a VM and wait until it has reached its target: PVH
# gives pages back at its start. Sets beside, the pages that are not RAM.
start() {
    needs_save || return
    mib=$1
    shift
    vm_start "memory = $mib" "$@"
    until_told '"action":"balloon"' \
        "\"kib\": $((mib * 1024)), \"target_kib\": $((mib * 1024))"
    [ "$case_failed" ] || beside=$(($(pages) - mib * 256))
}

# The VM and Xen count the same pages, while the balloon stands still.
counts_agree() {
    balloon ',"mode":"refuse"'
    has "the answer, with $(pages) pages as Xen counts," "$reply" \
        "\"kib\": $((($(pages) - beside) * 4)),"
}

# all_is_good MIB: the VM can write that much memory, and reads the same back.
all_is_good() {
    result_of "\"action\":\"dirty\",\"mib\":$1,\"mib_per_s\":0,\"seconds\":1"
    has "the answer" "$reply" '"words_wrong": 0'
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
}

# Begin a save: xl has looked at the p2m and waits for the VM to suspend.
save_begins() {
    command_of '{"when":"onshutdown","request":"suspend","action":"ignore",
        "id":"w"}'
    # shellcheck disable=SC2034 # for lib.sh
    toolstack="xl save NAME FILE" row=$vm
    toolstack_begins
    until_reply_has '"id": "w", "result": "done"'
}

# save_ends MIB: suspend the VM, so that the save ends, and restore it with that
# target.
save_ends() {
    store_write data/testing '{"when":"now","action":"suspend"}'
    toolstack_ends
    says 0
    [ "$case_failed" ] && return 1
    mv "$XTVM_WORK/$vm.save" "$XTVM_WORK/save"
    restore_with "$1"
}

migration_begins() {
    [ "$case_failed" ] && return 1
    receiver_here
    # shellcheck disable=SC2034 # for lib.sh
    toolstack="xl migrate -s '' NAME $receive" row=$vm
    toolstack_begins
    until_true "there is a receiver" number_of "$vm--incoming"
}

# libxc cannot copy a page that goes after libxc has looked at it: then the VM
# goes on where it was.
migration_ends() {
    toolstack_ends
    [ "$case_failed" ] && return 1
    case $status,$said in
    1,*"Mapping of pfn"*) echo "# a page went while it was copied" ;;
    *) says 0 ;;
    esac
    domid=$(number_of "$vm")
}

# grew PAGES, shrank PAGES: the domain has more, or fewer, than that.
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
    until_pages $(($1 * 256 + beside))
}

# restore_with MIB: restore with that target. xl saves the target from the start
# of the save; a domain that has grown since does not fit into it.
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
        skip_scenario "the balloon while the domain is saved" \
            "needs xen-domain, which counts a domain's pages"
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

    # The copy of a live migration lacks pages that came after its begin.
    case_of "it grows while it is migrated"
    start 64
    mem_set 8
    until_mib 8
    balloon ',"mode":"slow","kib_per_s":1000'
    mem_set 64
    grows_on
    [ "$case_failed" ] || count=$(pages)
    migrate
    [ "$case_failed" ] || grew "$count" || fail "it did not grow"
    counts_agree
    balloon ',"mode":"obey"'
    until_mib 64
    counts_agree
    all_is_good 56

    # And it has pages that went later.
    case_of "it shrinks while it is migrated"
    [ "$XTVM_TYPE" = pvh ] || skip_case "libxc cannot copy a PV guest then"
    start 64
    balloon ',"mode":"slow","kib_per_s":4000'
    migration_begins
    mem_set 8
    shrinks_on
    migration_ends
    balloon ',"mode":"obey"'
    mem_set 64
    until_mib 64
    counts_agree
    all_is_good 56

    for memory in 1 4 20; do
        case_of "its target rises while it is saved, from $memory MiB"
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
