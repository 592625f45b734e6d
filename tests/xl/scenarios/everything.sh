#!/bin/sh
# SPDX-License-Identifier: MIT
# All resources of a VM at once, through saves and restores: nothing is lost.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

# cycle NUMBER: set memory and vCPUs, and save and restore while the VM writes a
# disk. Afterwards memory, vCPUs, disk and network must be as before.
cycle() {
    [ "$case_failed" ] && return 1
    mib=$((12 + $1 * 7 % 12))
    mem_set $mib
    until_less $(((24 - mib) * 1024))
    vcpu_set $(($1 % 4 + 1))
    until_online $(($1 % 4 + 1))
    disk_is_busy "$1" 16
    save_and_restore
    until_state armed
    is "what failed" "$(vm_console | grep -c 'disk is over: [^d]')" 0
    until_less $(((24 - mib) * 1024))
    until_online $(($1 % 4 + 1))
    until_phase "$VIF" connected
    pings 10
    result_of '"action":"dirty","mib":8,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    counts "$1" "$1" 0
}

scenario() {
    [ "$has_helper" ] || {
        skip_scenario "everything at once" \
            "needs xen-domain, which counts a domain's pages and vCPUs"
        return
    }

    network_start 1
    times_of 3 20
    case_of "$times times saved and restored, with all devices and resources"
    disk_image 16
    vm_start "memory = 24" "vcpus = 2" "maxvcpus = 4" "$(vif_line)" \
        "$(disk_line rw)" "extra = \"ip=$vm_ip\""
    until_online 2
    begun=$(pages)
    number=0
    while [ $number -lt "$times" ] && [ ! "$case_failed" ]; do
        number=$((number + 1))
        cycle $number
    done
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",\"op\":\"verify\",\
\"mib\":16,\"seed\":$times"
    has "the answer" "$reply" '"result": "done"'
    request poweroff
    until_reason 0
    end_case
    bridge_end
    end_of_scenario
}
