#!/bin/sh
# SPDX-License-Identifier: MIT
# The VM finds the data of the domain builder wherever the builder puts it.

ramdisk=$XTVM_WORK/ramdisk

# knows KIB MIB: the VM has read its command line, knows that it has KIB of
# memory, and can use MIB of spare memory.
knows() {
    until_console "boot: xen-test-vm"
    has "the first line" "$(vm_console | grep 'boot: xen-test-vm')" ", $1 KiB"
    until_console 'options: unknown word "marble" ignored'
    result_of "\"action\":\"dirty\",\"mib\":$2,\"mib_per_s\":0,\"seconds\":1"
    has "the answer" "$reply" '"words_wrong": 0'
    obeys
}

scenario() {
    for mib in 16 40; do
        case_of "a ramdisk of $mib MiB"
        dd if=/dev/zero of="$ramdisk" bs=1M count=$mib 2>/dev/null
        vm_start "memory = 64" "ramdisk = \"$ramdisk\"" 'extra = "marble"'
        rm "$ramdisk"
        knows 65536 $((60 - mib))
        save_and_restore
        counts 1 1 0
        obeys
    done

    case_of "a command line of many pages"
    if [ "$XTVM_TYPE" = pv ]; then
        skip_case "PV has only 1024 bytes for it"
    else
        vm_start "memory = 4" \
            "extra = \"$(printf '%20000s' '' | tr ' ' a) marble\""
        until_console 'options: unknown word "marble" ignored'
        obeys
    fi

    case_of "no memory map in start info, as from XenServer's domain builder"
    if [ "$XTVM_TYPE" = pv ]; then
        skip_case "PV has no memory map in start info"
    elif [ "$machine" != x86 ]; then
        skip_case "a guest on Arm has no start info"
    elif [ ! "$has_helper" ]; then
        skip_case "needs xen-domain, which removes the map from start info"
    else
        vm_start_paused "memory = 64" 'extra = "marble"'
        xen-domain forget-map "$domid" || fail "the map cannot be removed"
        xl unpause "$vm"
        until_state ready
        knows 65536 56
        save_and_restore
        counts 1 1 0
        result_of '"action":"dirty","mib":56,"mib_per_s":0,"seconds":1'
        has "the answer" "$reply" '"words_wrong": 0'
    fi

    end_of_scenario
}
