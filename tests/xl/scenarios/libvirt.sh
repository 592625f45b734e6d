#!/bin/sh
# SPDX-License-Identifier: MIT
# libvirt, another toolstack: virsh controls the VMs of the examples.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/examples.sh
. "$here/examples.sh"

ask_virsh() {
    virsh -q -c xen:///system "$@"
}

virsh_does() {
    [ "$case_failed" ] && return 1
    ask_virsh "$@" >"$XTVM_WORK/virsh.log" 2>&1 ||
        fail "virsh $*: $(cat "$XTVM_WORK/virsh.log")"
}

# Start an example with `virsh create`. Only its name and image are replaced. It
# gets a UUID of this run.
virsh_start() {
    [ "$case_failed" ] && return 1
    vm_name
    sed "s|<name>.*</name>|<name>$vm</name><uuid>$uuid</uuid>|
        s|<kernel>.*</kernel>|<kernel>$XTVM_IMAGE</kernel>|" \
        "$examples/libvirt-$XTVM_TYPE.xml" >"$config"
    virsh_does create "$config"
    domid=$(number_of "$vm")
    until_state ready
}

# After any end libvirt destroys the domain.
until_forgotten() {
    until_gone
    until_true "libvirt forgets it" virsh_forgets
}

virsh_forgets() {
    ! ask_virsh domid "$vm"
}

scenario() {
    if ! command -v virsh >/dev/null; then
        skip_scenario "virsh" "no virsh in this dom0"
        return
    fi

    case_of "create and shutdown"
    virsh_start
    is guest "$(store_read data/xen-test-vm/guest)" "$XTVM_TYPE"
    is "what virsh says" "$(ask_virsh domstate "$vm")" running
    virsh_does shutdown "$vm"
    until_forgotten
    until_console 'control/shutdown "poweroff": acknowledge, then poweroff'

    case_of "reboot"
    virsh_start
    virsh_does reboot "$vm"
    until_new_domain
    until_state ready
    is "the domain, by virsh" "$(ask_virsh domid "$vm")" "$domid"
    obeys

    case_of "save and restore"
    virsh_start
    command_of '{"when":"onshutdown","action":"crash"}'
    virsh_does save "$vm" "$XTVM_WORK/save"
    is_gone || fail "the domain is still there"
    old=$domid
    virsh_does restore "$XTVM_WORK/save"
    rm -f "$XTVM_WORK/save"
    domid=$(number_of "$vm")
    [ "$domid" != "$old" ] || fail "the restored domain has the old number"
    counts 1 1 0 armed
    virsh_does shutdown "$vm"
    until_forgotten
    until_console 'crash'

    case_of "setmem and setvcpus"
    virsh_start
    for mib in 12 6 16 8; do
        virsh_does setmem "$vm" ${mib}M --live
        until_told '"action":"balloon"' "\"kib\": $((mib * 1024))"
    done
    for count in 2 1; do
        virsh_does setvcpus "$vm" $count --live
        until_told '"action":"vcpus"' "\"up\": $count"
    done
    obeys

    case_of "a disk, attached and detached"
    disk_image 1
    virsh_start
    virsh_does attach-disk "$vm" "$XTVM_WORK/disk" xvda --sourcetype file \
        --driver phy --subdriver raw --targetbus xen --live
    until_phase "$DISK" connected
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",\"op\":\"write\",\
\"mib\":1,\"seed\":3"
    has "the answer" "$reply" '"result": "done"'
    virsh_does detach-disk "$vm" xvda --live
    until_phase "$DISK" absent
    obeys

    case_of "a request that is acknowledged late, and one that ends in a crash"
    virsh_start
    command_of '[{"when":"onshutdown","ack_delay_ms":3000,"action":"ignore"},
        {"when":"onshutdown","action":"crash"}]'
    virsh_does shutdown "$vm"
    until_console "acknowledgement of control/shutdown is due"
    still_up
    virsh_does reboot "$vm"
    until_forgotten
    until_console "crash"

    end_of_scenario
}
