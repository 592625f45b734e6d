#!/bin/sh
# SPDX-License-Identifier: MIT
# A toolstack in a hurry, odd sizes, and removed nodes.

scenario() {
    case_of "a domain that has ended, and is resumed, ends again"
    if [ ! "$has_helper" ]; then
        skip_case "needs xen-domain, which resumes a domain"
    elif [ "$XTVM_TYPE" = pv ]; then
        skip_case "Xen's tools resume no PV domain that has ended"
    fi
    for row in poweroff:0 reboot:1; do
        vm_start
        command_of "{\"when\":\"now\",\"action\":\"${row%:*}\"}"
        until_reason "${row#*:}"
        said=$(xen-domain resume "$domid" slow 2>&1) ||
            fail "it is not resumed: $said"
        until_reason "${row#*:}"
    done

    times_of 8 50
    case_of "$times times created and destroyed, at any moment"
    number=0
    while [ $number -lt "$times" ] && [ ! "$case_failed" ]; do
        number=$((number + 1))
        vm_create -q
        sleep 0.$((number * 7 % 10))
        gone=$vm
        vm_end_all
        until_gone "$gone"
    done

    case_of "paused and unpaused: it goes on as before"
    times_of 5 60
    vm_start
    command_of '{"when":"onshutdown","ack":"none","action":"ignore"}'
    xl pause "$vm" || fail "xl pause"
    request poweroff
    sleep "$times"
    is "the state" "$(store_read data/xen-test-vm/state)" armed
    xl unpause "$vm" || fail "xl unpause"
    until_state ready
    is "the node" "$(store_read control/shutdown)" poweroff
    obeys

    for size in 1 2 3 5 17 63 127; do
        case_of "$size MiB and $((size % 8 + 1)) vCPUs"
        [ "$size" -ge "$least_mib" ] ||
            skip_case "the VM needs $least_mib MiB on this machine"
        vm_start "memory = $size" "vcpus = $((size % 8 + 1))"
        obeys
        request poweroff
        until_reason 0
    done

    case_of "a word of 4 KiB on the command line"
    vm_start "extra = \"$(printf '%04000d' 0) self-test\""
    until_console 'unknown word "0000'
    obeys
    # Xen's tools cut the command line of a PV guest at 1023 bytes.
    lent=1
    [ "$XTVM_TYPE" = pvh ] || lent=0
    is "pages lent" "$(vm_console | grep -c 'page lent to domain 0')" $lent
    case_of "removed nodes of the VM are published again"
    vm_start
    version=$(store_read data/xen-test-vm/version)
    xenstore-rm "/local/domain/$domid/data/xen-test-vm" || fail "xenstore-rm"
    until_state ready
    is version "$(store_read data/xen-test-vm/version)" "$version"
    obeys

    case_of "data is removed, made again, and given to the guest"
    vm_start
    version=$(store_read data/xen-test-vm/version)
    xenstore-rm "/local/domain/$domid/data" || fail "xenstore-rm"
    until_console "what is published was removed"
    store_write data ""
    xenstore-chmod "/local/domain/$domid/data" "n$domid" || fail "chmod"
    command_of '{"when":"now","action":"ignore"}'
    until_store data/xen-test-vm/commands 1
    until_state ready
    is version "$(store_read data/xen-test-vm/version)" "$version"
    is guest "$(store_read data/xen-test-vm/guest)" "$XTVM_TYPE"
    is os_distro "$(store_read data/os_distro)" xen-test-vm
    obeys
    end_of_scenario
}
