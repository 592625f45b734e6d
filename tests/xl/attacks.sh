#!/bin/sh
# SPDX-License-Identifier: MIT
# attacks - functions for scenarios with a hostile VM and an honest one, in
# addition to lib.sh.
#
# docs/misbehaviours.md has a row for each attack, and tools/check/documents
# compares them with the scenarios.

# shellcheck disable=SC2034,SC2154 # for scenarios; set by lib.sh

# The process numbers of the daemons that serve every VM.
daemons_of_dom0() {
    pidof oxenstored xenstored
    pidof xenconsoled
}

# The memory of these daemons, in KiB.
memory_of_daemons() {
    for one in $(daemons_of_dom0); do
        awk '/^VmRSS:/ { printf "%d ", $2 }' "/proc/$one/status"
    done
}

# What Xen or Linux would say of a bug of theirs. The logs of all that runs in
# this dom0 are looked at. A warning does not count, since a guest can make
# dom0's kernel warn: blkback of Linux 6.12 does so in xen_blkif_disconnect()
# after it could not map a ring.
bugs() {
    { dmesg; xen_log; } | grep -E "BUG:|Oops|hung task|blocked for more than|\
general protection|Assertion|Xen BUG|FATAL" | head -n 3
}

# vms_start [LINE...]: an honest VM and an attacker, with more lines for the
# configuration of the attacker.
# shellcheck disable=SC2120 # some scenarios give no line
vms_start() {
    uses dmesg pidof
    vm_start
    result_of '"action":"report"'
    honest=$vm honest_domid=$domid
    vm_start "$@"
    result_of '"action":"report"'
    attacker=$vm attacker_domid=$domid
    daemons=$(daemons_of_dom0)
    memory_before=$(memory_of_daemons)
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

# The daemons that were there are there, no log tells of a bug, and the honest
# VM obeys.
others_are_well() {
    is "the daemons" "$(daemons_of_dom0)" "$daemons"
    is "what the logs say of bugs" "$(bugs)" ""
    honest_answers
    as_honest
    obeys
    as_attacker
}

# So is the attacker, which has the nodes that it had.
all_is_well() {
    others_are_well
    obeys
    is "the attacker's nodes" "$(nodes_of_attacker)" "$there"
    echo "# memory of the daemons in KiB: ${memory_before}before, \
$(memory_of_daemons)now"
}

# besiege MODE TRIES SECONDS: attack, and let the honest VM answer until it is
# over, at least once. Sets asked_honest, how often, and slowest.
besiege() {
    order "$1" "$2" "$3"
    slowest=0
    asked_honest=0
    read_clock
    limit=$((now + WAIT_SECONDS))
    while :; do
        honest_answers
        asked_honest=$((asked_honest + 1))
        [ "$case_failed" ] && return 1
        is_answered && return
        [ "$now" -lt $limit ] || { waited_in_vain "the end of $1"; return 1; }
        sleep 0.3 # the attacker, too, needs the CPU
    done
}

# attack MODE TRIES: attack, and look at all others meanwhile. Sets $came to
# what came back.
attack() {
    [ "$case_failed" ] && return 1
    besiege "$1" "$2" 1
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

# obeyed_during MODE TRIES: xl shuts an attacker down during the attack.
obeyed_during() {
    vms_start
    hold "$1" "$2"
    timeout 100 xl shutdown "$vm" >"$XTVM_WORK/xl.log" 2>&1 ||
        fail "$1: xl shutdown: $(cat "$XTVM_WORK/xl.log")"
    until_reason 0
    as_honest
    obeys
    vm_end_all
}

# suspended_during MODE TRIES N: the attack goes on after a checkpoint, and
# after a save and a restore. It is the attack number N for which this VM was
# suspended.
suspended_during() {
    hold "$1" "$2"
    checkpoint
    counts $((2 * $3 - 1)) $(($3 - 1)) "$3" busy
    save_and_restore
    attacker_domid=$domid
    counts $((2 * $3)) "$3" "$3" busy
    stop
    store_lacks data/xen-test-vm/attack || fail "$1: nodes are left"
    obeys
    honest_answers
}
