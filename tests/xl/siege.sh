#!/bin/sh
# SPDX-License-Identifier: MIT
# siege.sh - what `soak --siege` does with two VMs: one attacks the host in
# every way, in any order and measure, and the other one has to be served.

# shellcheck disable=SC2034,SC2154 # for soak and lib.sh; set by soak

# shellcheck source=tests/xl/random.sh
. "$here/random.sh"
# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/attacks.sh
. "$here/attacks.sh"

# What the attacker can do, as it says itself, without the attack that makes it
# deaf for good.
attacks_of_vm() {
    result_of '"action":"attack","mode":"list"'
    has "the answer" "$reply" '"attacks": ['
    echo "$reply" | sed 's/.*"attacks": \[//; s/\].*//; s/"store-lies",//
        s/[",]//g'
}

# One attack. It may fail: the backend of a device can have had enough.
step_attack() {
    # shellcheck disable=SC2086 # a list of words
    pick_of $modes
    mode=$picked
    pick_of 1 30 300 1000
    tries=$picked
    # Each try of this one takes 3 s.
    [ "$mode" != device-nodes ] || [ "$tries" -le 30 ] || tries=30
    pick 4
    echo "$step $mode" >>"$work/$XTVM_TYPE.steps"
    besiege "$mode" "$tries" "$picked" || return
    [ "$slowest" -le "${worst-0}" ] || { worst=$slowest worst_mode=$mode; }
}

# Sometimes the attacker is started anew: what it got is gone with its domain.
step_renew() {
    request reboot
    until_new_domain
    until_state ready
    result_of '"action":"report"'
    attacker_domid=$domid
}

# Run the two VMs until the time is over.
run_one() {
    seed=$((first_seed * 2 + ${#XTVM_TYPE}))
    case_name="siege: start, seed $first_seed ($XTVM_TYPE)"
    WAIT_SECONDS=300 # 1000 tries of store-silence alone take 100 s
    disk_image 8
    vms_start 'on_reboot = "restart"' "$(disk_line w)"
    modes=$(attacks_of_vm)
    step=0
    while [ "$(date +%s)" -lt "$deadline" ] && [ ! "$case_failed" ] &&
        [ ! -e "$work/stop" ]; do
        step=$((step + 1))
        case_name="siege: step $step, seed $first_seed ($XTVM_TYPE)"
        step_attack
        is "the daemons" "$(daemons_of_dom0)" "$daemons"
        is "what the logs say of bugs" "$(bugs)" ""
        pick 10
        [ "$picked" != 0 ] || step_renew
        obeys
    done
    echo "# memory of the daemons in KiB: ${memory_before}before, \
$(memory_of_daemons)at the end"
    echo "# slowest answer of the honest VM: ${worst-0}/100 s, during \
${worst_mode-no attack}"
    case_name="siege: $step attacks, seed $first_seed ($XTVM_TYPE)"
    [ "$step" -gt 0 ] || fail "there was no time for an attack"
    [ ! "$case_failed" ] || : >"$work/stop"
    end_of_scenario
}
