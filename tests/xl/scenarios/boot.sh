#!/bin/sh
# SPDX-License-Identifier: MIT
# The VM starts with its least memory, announces itself, publishes properties.

scenario() {
    case_of "reaches ready with memory=$least_mib"
    vm_start

    case_of "announces itself once on the console"
    vm_start
    until_console "boot: xen-test-vm"
    until_console "$XTVM_TYPE, $((least_mib * 1024)) KiB"
    until_console "KiB, domain $domid"
    is "the number of announcements" \
        "$(vm_console | grep -c 'boot: xen-test-vm')" 1

    case_of "publishes version, protocol, type, counters and state"
    vm_start
    is guest "$(store_read data/xen-test-vm/guest)" "$XTVM_TYPE"
    until_console \
        "xen-test-vm $(store_read data/xen-test-vm/version),"
    is protocol "$(store_read data/xen-test-vm/protocol)" 1
    for counter in requests commands refused; do
        is $counter "$(store_read data/xen-test-vm/$counter)" 0
    done
    is poweroff "$(store_read control/feature-poweroff)" 1
    is reboot "$(store_read control/feature-reboot)" 1
    # dom0 owns the folder under xl: the VM cannot make a node there.
    store_lacks control/feature-shutdown || fail "xl lets the VM publish it"

    case_of "starts with 64 MiB"
    vm_start 'memory = 64'
    obeys

    case_of "starts from an image that is compressed with gzip"
    gzip -c "$XTVM_IMAGE" >"$XTVM_WORK/image.gz"
    vm_start "kernel = \"$XTVM_WORK/image.gz\""
    is guest "$(store_read data/xen-test-vm/guest)" "$XTVM_TYPE"
    obeys

    case_of "names unknown words on its command line and goes on"
    vm_start 'extra = "  nonsense  and=more "'
    until_console 'unknown word "nonsense" ignored'
    until_console 'unknown word "and=more" ignored'
    obeys

    case_of "lends dom0 a page and takes it back"
    vm_start 'extra = "self-test"'
    until_store data/xen-test-vm/self-test/grant 8
    if can_check "the page"; then
        is "the page" "$(xen-domain read-grant "$domid" 8)" \
            "lent by xen-test-vm"
    fi
    request poweroff
    until_reason 0
    until_console "grant 8 ended"

    end_of_scenario
}

uses gzip
