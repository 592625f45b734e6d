#!/bin/sh
# SPDX-License-Identifier: MIT
# Network interfaces: pings, frames, plugging, and suspends.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"

# vifs COMMAND [STATE]: run a command on the nodes of 900 interfaces, from the
# last to the first. The store cannot list that many names.
vifs() {
    number=10900
    while [ $number -gt 10000 ] && [ ! "$case_failed" ]; do
        words=
        for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            number=$((number - 1))
            words="$words /local/domain/$domid/device/vif/$number"
            words=$words${2:+/state $2}
        done
        # shellcheck disable=SC2086 # words
        "$1" $words || fail "$1 fails"
    done
}

scenario() {
    network_start 0

    case_of "1000 pings are answered"
    vm_start "$(vif_line)" "extra = \"ip=$vm_ip\""
    until_phase "$VIF" connected
    until_store attr/vif/0/ipv4/0 "$vm_ip"
    pings 1000
    request poweroff
    until_reason 0

    case_of "an address set by command, and frames sent"
    vm_start "$(vif_line)"
    until_phase "$VIF" connected
    result_of "\"action\":\"address\",\"device\":\"$VIF\",\
\"ip\":\"$vm_ip\""
    pings 10
    before=$(counted rx)
    result_of "\"action\":\"transmit\",\"device\":\"$VIF\",\
\"frames\":1000,\"bytes\":1514"
    has "the answer" "$reply" '"result": "done"'
    is "the frames" "$(($(counted rx) - before))" 1000

    times_of 3 10
    case_of "attached and detached at run time, $times times"
    vm_start "extra = \"ip=$vm_ip\""
    number=0
    while [ $number -lt "$times" ] && [ ! "$case_failed" ]; do
        number=$((number + 1))
        xl network-attach "$vm" "bridge=$bridge" >"$XTVM_WORK/xl.log" 2>&1 ||
            fail "xl network-attach: $(cat "$XTVM_WORK/xl.log")"
        until_phase "$VIF" connected
        pings 3
        detach "$VIF" xl network-detach "$vm" 0
        until_phase "$VIF" absent
    done
    has "the answer" "$reply" '"pages": 0'

    case_of "900 interfaces too many: one line in the log"
    vm_start "$(vif_line)" "extra = \"ip=$vm_ip\""
    until_phase "$VIF" connected
    vifs xenstore-write 1
    until_console 'error: some devices are left alone'
    pings 10
    vifs xenstore-rm
    obeys
    frontend "$VIF"
    has "the answer" "$reply" '"connected": 1,'
    is "the lines about them" "$(vm_console | grep -c 'left alone')" 1

    case_of "save and restore, checkpoint, while dom0 pings the VM"
    vm_start "memory = 8" "$(vif_line)" "extra = \"ip=$vm_ip\""
    until_phase "$VIF" connected
    traffic_begins
    save_and_restore
    until_phase "$VIF" connected
    pings 10
    checkpoint
    pings 10
    traffic_ends
    counts 2 1 1

    case_of "live migration, a network and a disk at work"
    disk_image 64
    vm_start "memory = 16" "$(vif_line)" "$(disk_line rw)" \
        "extra = \"ip=$vm_ip\""
    until_phase "$VIF" connected
    until_phase "$DISK" connected
    traffic_begins
    disk_is_busy 5 64
    if migrate; then
        disk_was_busy
        until_phase "$VIF" connected
        pings 10
    fi
    traffic_ends
    end_case
    bridge_end
    end_of_scenario
}
