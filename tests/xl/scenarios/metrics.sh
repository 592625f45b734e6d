#!/bin/sh
# SPDX-License-Identifier: MIT
# Guest metrics: the nodes that xenopsd reads, and changing features by command.

# until_free LEAST MOST: wait until the free memory that the VM publishes is in
# this range, in KiB.
until_free() {
    until_true "$1 to $2 KiB are free" free_is_between "$1" "$2"
}

free_is_between() {
    free=$(store_read data/meminfo_free)
    [ "${free:-0}" -ge "$1" ] && [ "$free" -le "$2" ]
}

# Start a VM that owns control, as under xenopsd.
start_as_xenopsd() {
    vm_start_paused "$@"
    [ "$case_failed" ] && return 1
    xenstore-chmod "/local/domain/$domid/control" "n$domid"
    xl unpause "$vm"
    until_state ready
}

store_change() {
    result_of "\"action\":\"$1\",\"path\":\"$2\"${3:+,\"value\":\"$3\"}"
    has "the answer" "$reply" '"result": "done"'
}

scenario() {
    case_of "version, system and features, under xl"
    vm_start "memory = 8"
    is Installed "$(store_read attr/PVAddons/Installed)" 1
    version=$(store_read data/xen-test-vm/version)
    is "the version of PVAddons" "$(for part in Major Minor Micro; do
        store_read "attr/PVAddons/${part}Version"
        echo
    done | paste -s -d .)" "$version"
    is BuildVersion "$(store_read attr/PVAddons/BuildVersion)" 0
    is os_name "$(store_read data/os_name)" "xen-test-vm $version"
    is os_distro "$(store_read data/os_distro)" xen-test-vm
    is os_uname "$(store_read data/os_uname)" "$version"
    is "the numbers of os_ver" "$(store_read data/os_majorver).\
$(store_read data/os_minorver)" "${version%.*}"
    is updated "$(store_read data/updated)" 1
    store_lacks control/feature-balloon ||
        fail "feature-balloon is there, which xl does not permit"

    case_of "free memory is right while the balloon moves and dirty runs"
    vm_start "memory = 64"
    is meminfo_total "$(store_read data/meminfo_total)" 65536
    until_free 60000 65535
    xl mem-set "$vm" 32m
    until_store data/meminfo_total 32768
    until_free 28000 32767
    command_of '{"when":"now","action":"dirty","mib":16,"mib_per_s":1}'
    until_free 11000 16383
    command_of '{"when":"now","action":"ignore"}'
    until_free 28000 32767
    save_and_restore
    until_state ready
    is meminfo_total "$(store_read data/meminfo_total)" 32768
    until_free 28000 32767

    case_of "features where control is the guest's, as under xenopsd"
    start_as_xenopsd "vcpus = 1" "maxvcpus = 2"
    for feature in poweroff reboot shutdown suspend vcpu-hotplug balloon; do
        until_store "control/feature-$feature" 1
    done
    store_lacks control/balloon-active || fail "balloon-active is there"

    case_of "features removed and written again by command"
    start_as_xenopsd
    for feature in poweroff reboot shutdown suspend balloon; do
        store_change remove "control/feature-$feature"
        store_lacks "control/feature-$feature" ||
            fail "feature-$feature is still there"
        store_change write "control/feature-$feature" 1
        until_store "control/feature-$feature" 1
    done
    store_change write data/cant_suspend_reason "the tester says so"
    until_store data/cant_suspend_reason "the tester says so"
    store_change remove data/cant_suspend_reason
    store_lacks data/cant_suspend_reason || fail "the reason is still there"
    obeys
    end_of_scenario
}
