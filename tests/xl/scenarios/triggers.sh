#!/bin/sh
# SPDX-License-Identifier: MIT
# An NMI is one line on the console, other triggers have no effect.

# Skip the case if Xen sends no NMI.
needs_nmi() {
    # shellcheck disable=SC2154 # set by lib.sh
    [ "$machine" = x86 ] || skip_case "a guest on Arm gets no NMI"
}

nmis() {
    vm_console | grep -c "nmi: received"
}

has_nmis() {
    [ "$(nmis)" -ge "$1" ]
}

# nmi COUNT [VCPU]: send an NMI, and wait for its line: the line number COUNT.
nmi() {
    [ "$case_failed" ] && return 1
    xl trigger "$vm" nmi ${2+"$2"} >"$XTVM_WORK/trigger.log" 2>&1 ||
        fail "xl trigger: $(cat "$XTVM_WORK/trigger.log")"
    until_true "line $1 about an NMI" has_nmis "$1"
    still_up
}

scenario() {
    case_of "an NMI is logged, and the VM goes on"
    needs_nmi
    vm_start
    nmi 1
    nmi 2
    obeys
    is "lines about NMIs" "$(nmis)" 2

    case_of "an NMI during work"
    needs_nmi
    vm_start "memory = 8"
    command_of '{"when":"now","action":"dirty","mib":4,"mib_per_s":0,
        "seconds":10,"id":"d"}'
    nmi 1
    until_reply_has '"id": "d", "result": "done"'
    has "the answer" "$(store_read data/xen-test-vm/reply)" '"words_wrong": 0'
    obeys

    case_of "an NMI to another vCPU, idle, busy and down"
    needs_nmi
    vm_start "vcpus = 2"
    until_console "vCPU 1 is up"
    nmi 1 1
    command_of '{"when":"now","action":"busy","vcpu":1,"seconds":0,"id":"b"}'
    until_state busy
    nmi 2 1
    nmi 3 0
    command_of '{"when":"now","action":"busy","vcpu":1,"seconds":1,"id":"c"}'
    until_reply_has '"id": "c", "result": "done"'
    xl vcpu-set -i "$vm" 1
    until_console "vCPU 1 is down"
    xl trigger "$vm" nmi 1
    nmi 4
    xl vcpu-set -i "$vm" 2
    # The vCPU now gets the NMI that was sent while it was down.
    until_true "line 5 about an NMI" has_nmis 5
    obeys

    case_of "an NMI to a suspended domain"
    needs_nmi
    vm_start "vcpus = 2"
    until_console "vCPU 1 is up"
    if can_check "the suspended domain"; then
        request suspend
        until_reason 2
        xl trigger "$vm" nmi
        xl trigger "$vm" nmi 1
        xen-domain resume "$domid" fast
        counts 1 0 1
        until_true "a line about an NMI" has_nmis 1
        obeys
    fi
    save_and_restore
    until_state ready
    obeys
    sent=$(nmis)
    nmi $((sent + 1))
    nmi $((sent + 2)) 1
    obeys

    case_of "other triggers"
    vm_start "vcpus = 2"
    for trigger in power sleep reset init s3resume; do
        # Xen may not support the trigger for this guest type.
        xl trigger "$vm" $trigger >/dev/null 2>&1
        xl trigger "$vm" $trigger 1 >/dev/null 2>&1
        obeys
    done
    is "lines about NMIs" "$(nmis)" 0

    end_of_scenario
}
