#!/bin/sh
# SPDX-License-Identifier: MIT
# Network interfaces: pings, frames, plugging, and suspends.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"

# Networks that are for documentation (RFC 5737), one a type.
case $XTVM_TYPE in
pv) network=192.0.2 ;;
*) network=198.51.100 ;;
esac

# What the interface's backend has counted, in dom0: "rx" from the VM.
counted() {
    cat "/sys/class/net/vif$domid.0/statistics/$1_packets"
}

# pings COUNT: all of them are answered.
pings() {
    [ "$case_failed" ] && return 1
    ping -q -c "$1" -i 0.01 -w 60 "$network.2" >"$XTVM_WORK/ping.log" 2>&1
    grep -q "^$1 packets transmitted, $1 packets received," \
        "$XTVM_WORK/ping.log" && return
    sent=$(counted tx) received=$(counted rx)
    frontend "$VIF"
    fail "$(cat "$XTVM_WORK/ping.log")
of these dom0 sent $sent and received $received frames; the VM: $reply"
}

# Somebody pings meanwhile; how many are answered is nobody's business.
traffic_begins() {
    ping -q -i 0.05 -w 300 "$network.2" >/dev/null 2>&1 &
    traffic=$!
}

traffic_ends() {
    kill "$traffic" 2>/dev/null
}

scenario() {
    bridge_start
    ip addr add "$network.1/24" dev "$bridge"

    case_of "1000 pings are answered"
    vm_start "$(vif_line)" "extra = \"ip=$network.2\""
    until_phase "$VIF" connected
    until_store attr/vif/0/ipv4/0 "$network.2"
    pings 1000
    request poweroff
    until_reason 0

    case_of "frames are sent, and an address may come later"
    vm_start "$(vif_line)"
    until_phase "$VIF" connected
    result_of "\"action\":\"address\",\"device\":\"$VIF\",\
\"ip\":\"$network.2\""
    pings 10
    before=$(counted rx)
    result_of "\"action\":\"transmit\",\"device\":\"$VIF\",\
\"frames\":1000,\"bytes\":1514"
    has "the answer" "$reply" '"result": "done"'
    is "the frames" "$(($(counted rx) - before))" 1000

    case_of "attached and detached at run time, 10 times"
    vm_start "extra = \"ip=$network.2\""
    times=0
    while [ $times -lt 10 ] && [ ! "$case_failed" ]; do
        times=$((times + 1))
        xl network-attach "$vm" "bridge=$bridge" >"$XTVM_WORK/xl.log" 2>&1 ||
            fail "xl network-attach: $(cat "$XTVM_WORK/xl.log")"
        until_phase "$VIF" connected
        pings 3
        xl network-detach "$vm" 0 >"$XTVM_WORK/xl.log" 2>&1 ||
            fail "xl network-detach: $(cat "$XTVM_WORK/xl.log")"
        until_phase "$VIF" absent
    done
    has "the answer" "$reply" '"pages": 0'

    case_of "save and restore, checkpoint, while it is pinged"
    vm_start "memory = 8" "$(vif_line)" "extra = \"ip=$network.2\""
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
    vm_start "memory = 64" "$(vif_line)" "$(disk_line rw)" \
        "extra = \"ip=$network.2\""
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
