#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile VM attacks the store: the daemon and an honest VM go on.
#
# docs/misbehaviours.md has a row for each attack, and tools/check/documents
# compares them.

# The process number of the store's daemon.
daemon_of_store() {
    pidof oxenstored xenstored
}

# vms_start: an honest VM and an attacker.
vms_start() {
    vm_start
    result_of '"action":"report"'
    honest=$vm honest_domid=$domid
    vm_start
    result_of '"action":"report"'
    attacker=$vm attacker_domid=$domid
    daemon=$(daemon_of_store)
    there=$(nodes_of_attacker)
}

as_honest() {
    vm=$honest domid=$honest_domid
}

as_attacker() {
    vm=$attacker domid=$attacker_domid
}

# The names of all nodes of the attacker.
nodes_of_attacker() {
    xenstore-ls -fp "/local/domain/$attacker_domid" | sed 's/ = .*  *(/ (/' |
        sort
}

# order MODE TRIES SECONDS: begin an attack, and wait until it has begun.
order() {
    ordered=$((${ordered-0} + 1))
    store_write data/testing "{\"when\":\"now\",\"id\":\"o$ordered\",\
\"action\":\"attack\",\"mode\":\"$1\",\"tries\":$2,\"seconds\":$3}"
    until_reply_has "\"id\": \"o$ordered\", \"result\": \""
}

# The attack has ended. It says nothing before.
is_answered() {
    ! reply_has "\"id\": \"o$ordered\", \"result\": \"started\""
}

# The honest VM answers, and each answer comes within 30 s. Sets $slowest, in
# 1/100 s.
honest_answers() {
    as_honest
    read_clock
    asked_at=$((now * 100 + ${part#0}))
    within 30 result_of '"action":"report"'
    has "the honest VM's answer" "$reply" '"result": "done"'
    read_clock
    took=$((now * 100 + ${part#0} - asked_at))
    [ "$took" -le "${slowest-0}" ] || slowest=$took
    as_attacker
}

# The daemon that was there is there, the honest VM and the attacker obey, and
# the attacker has the nodes that it had.
all_is_well() {
    is "the store's daemon" "$(daemon_of_store)" "$daemon"
    honest_answers
    as_honest
    obeys
    as_attacker
    obeys
    is "the attacker's nodes" "$(nodes_of_attacker)" "$there"
}

# attack MODE TRIES: attack, and look at all others meanwhile. Sets $came to
# what came back.
attack() {
    [ "$case_failed" ] && return 1
    order "$1" "$2" 1
    slowest=0
    asked_honest=0
    read_clock
    limit=$((now + WAIT_SECONDS))
    until is_answered; do
        [ "$case_failed" ] && return 1
        [ "$now" -lt $limit ] || { waited_in_vain "the end of $1"; return 1; }
        honest_answers
        asked_honest=$((asked_honest + 1))
        sleep 0.3 # the attacker, too, needs the CPU
    done
    has "the answer" "$(store_read data/xen-test-vm/reply)" '"result": "done"'
    came=$(store_read data/xen-test-vm/reply | sed 's/.*"done", //; s/}$//')
    echo "# $1, $2 tries: $came; $asked_honest answers of the honest VM, the \
slowest after $slowest/100 s"
}

# attack_with MODE TRIES REFUSED [TEXT...]: attack. REFUSED is the least number
# of refusals, or "any": how many depends on what others do. Each text is in
# what came back. The attack comes a second time if only that shows whether what
# it got was given back: if not, the store would refuse more. (Nodes are seen.)
attack_with() {
    attack "$1" "$2" || return
    first=$came
    refused=${came#*'"refused": '}
    [ "$3" = any ] || [ "${refused%%[!0-9]*}" -ge "$3" ] ||
        fail "$1: too few refusals: $came"
    case $thorough$1 in
    yes* | store-watches | store-transactions | store-spy)
        attack "$1" "$2" || return
        [ "$3" = any ] ||
            is "what came back of $1 the second time" "$came" "$first"
        ;;
    esac
    [ ! "$thorough" ] || all_is_well
    shift 3
    for text; do has "what came back" "$first" "$text"; done
}

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
    all_is_well
}

# hold MODE [TRIES]: an attack has begun, and keeps what it got until it is
# stopped.
hold() {
    order "$1" "${2-1000}" 3600
    until_state busy
    sleep 1
    still_up
}

stop() {
    store_write data/testing '{"when":"now","action":"ignore","id":"i"}'
    until_reply_has '"id": "i", "result": "done"'
    until_state ready
}

# Three attacks hold something that the VM, too, needs of the store.
hungry="store-watches store-transactions store-nodes"

scenario() {
    uses cmp pidof

    case_of "each attack: the daemon and an honest VM go on, all is given back"
    vms_start
    attacks

    case_of "a request is obeyed during an attack"
    times_of store-transactions "$hungry store-deep store-conflicts"
    for mode in $times; do
        vms_start
        hold "$mode" 1000000
        timeout 100 xl shutdown "$vm" >"$XTVM_WORK/xl.log" 2>&1 ||
            fail "$mode: xl shutdown: $(cat "$XTVM_WORK/xl.log")"
        until_reason 0
        as_honest
        obeys
        vm_end_all
    done

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
        hold "$mode"
        checkpoint
        number=$((number + 1))
        counts $((2 * number - 1)) $((number - 1)) $number busy
        save_and_restore
        attacker_domid=$domid
        counts $((2 * number)) $number $number busy
        stop
        store_lacks data/xen-test-vm/attack || fail "$mode: nodes are left"
        obeys
        honest_answers
    done

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
