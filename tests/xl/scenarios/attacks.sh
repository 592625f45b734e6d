#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile VM attacks the store: the daemon and an honest VM go on.

# shellcheck source=tests/xl/attacks.sh
. "$here/attacks.sh"

# The limits are those of an ordinary guest.
attacks() {
    times_of "" yes
    thorough=$times
    attack_with store-watches 400 100 '"tried": 400'
    attack_with store-transactions 100 50 '"tried": 100'
    attack_with store-nodes 1400 100 '"tried": 1400'
    attack_with store-deep 1100 0 '"tried": 1012'
    attack_with store-large 40 20 '"tried": 40'
    attack_with store-conflicts 100 any '"tried": 100'
    attack_with store-spy 400 0 '"tried": 400'
    attack_with store-permissions 100 25 '"tried": 100, "refused": 25'
    attack_with store-bytes 90 30 '"tried": 90'
    attack_with store-wrong 100 90 '"tried": 100'
    attack_with store-unread 80 0 '"refused": 0'
    attack_with store-silence 20 0 '"refused": 0'
    all_is_well
}

# Three attacks hold something that the VM, too, needs of the store.
hungry="store-watches store-transactions store-nodes"

scenario() {
    uses cmp

    case_of "each attack: the daemon and an honest VM go on, all is given back"
    vms_start
    attacks

    case_of "a request is obeyed during an attack"
    times_of store-transactions "$hungry store-deep store-conflicts"
    for mode in $times; do obeyed_during "$mode" 1000000; done

    case_of "now and ignore end an attack, all is given back"
    vms_start
    times_of store-nodes "$hungry store-deep store-spy store-bytes"
    for mode in $times; do
        hold "$mode"
        stop
        all_is_well
    done

    case_of "other work takes the place of an attack, all is given back"
    vms_start
    times_of store-watches "$hungry store-deep"
    for mode in $times; do
        hold "$mode"
        result_of '"action":"flood","bytes":1000'
        until_state ready
        all_is_well
    done

    case_of "checkpoint, save and restore during an attack"
    vms_start
    number=0
    times_of store-watches "$hungry"
    for mode in $times; do
        number=$((number + 1))
        suspended_during "$mode" 1000 $number
    done

    case_of "impossible indices of the store: only the attacker is deaf"
    vms_start
    order store-lies 50 0
    until_console "no answer after impossible ring indices"
    request poweroff
    others_are_well
    is "the request" "$(store_read control/shutdown)" poweroff
    still_up
    vm_end_all
    vms_start
    all_is_well

    case_of "dom0 gets every byte as it is"
    vms_start
    order store-bytes 30 3600
    until_state busy
    sleep 2
    # shellcheck disable=SC2059 # that is the way to print any byte
    printf "$(awk 'BEGIN { for (i = 0; i < 256; i++) printf "\\%03o", i }')" \
        >"$XTVM_WORK/bytes"
    xenstore-read -R "/local/domain/$domid/data/xen-test-vm/attack/0/0" \
        >"$XTVM_WORK/read"
    cmp "$XTVM_WORK/read" "$XTVM_WORK/bytes" >"$XTVM_WORK/differs" 2>&1 ||
        fail "other bytes: $(cat "$XTVM_WORK/differs")"
    xenstore-ls -f >"$XTVM_WORK/listed" || fail "xenstore-ls"
    xl list -l >"$XTVM_WORK/listed" || fail "xl list -l"
    stop
    all_is_well
    end_of_scenario
}
