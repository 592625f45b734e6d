#!/bin/sh
# SPDX-License-Identifier: MIT
# devices - what scenarios about devices share, besides lib.sh.

# shellcheck disable=SC2034,SC2154 # for scenarios; of lib.sh
DISK=vbd/51712 VIF=vif/0

# disk_image MIB: a file for a disk, all zeroes. An old one may still be in use.
disk_image() {
    rm -f "$XTVM_WORK/disk"
    dd if=/dev/zero of="$XTVM_WORK/disk" bs=1048576 count="$1" 2>/dev/null
}

# disk_line ACCESS: that disk, for a VM's configuration.
disk_line() {
    echo "disk = [\"format=raw,vdev=xvda,access=$1,\
target=$XTVM_WORK/disk\"]"
}

# disk_is_busy SEED MIB: for longer than xl takes to begin a migration. When it
# is over the VM is armed.
disk_is_busy() {
    one="{\"when\":\"now\",\"action\":\"disk\",\"device\":\"$DISK\",\
\"mib\":$2,\"seed\":$1"
    steps=
    for _ in 1 2 3 4 5; do
        steps="$steps$one,\"op\":\"write\"},$one,\"op\":\"verify\"},"
    done
    command_of "[$steps{\"when\":\"onshutdown\",\"request\":\"none\",\
\"action\":\"crash\"}]"
    until_state busy
}

# It was still busy when it came here, where it says its state anew, and all of
# it went well.
disk_was_busy() {
    until_state busy
    # Up to 640 MiB in all, of which a busy host moves 4 a second.
    within 300 until_state armed
    is "what failed" "$(vm_console | grep -c 'disk is over: [^d]')" 0
}

# A bridge for this scenario and type, which xl is told by vif_line.
bridge_start() {
    modprobe bridge 2>/dev/null
    # The name of an interface has room for 15 bytes.
    bridge=xt-$(echo "$XTVM_SCENARIO" | cut -c1-8)-$XTVM_TYPE
    echo "$bridge" >"$XTVM_WORK/bridge" # for run, should it be interrupted
    brctl addbr "$bridge" && ip link set "$bridge" up ||
        echo "# no bridge $bridge"
}

bridge_end() {
    ip link set "$bridge" down
    brctl delbr "$bridge"
    rm "$XTVM_WORK/bridge"
}

# network_start NUMBER: a bridge with an address for dom0 and one for a VM, one
# number a scenario. The networks are for documentation (RFC 5737).
network_start() {
    bridge_start
    case $XTVM_TYPE in
    pv) network=192.0.2 ;;
    *) network=198.51.100 ;;
    esac
    vm_ip=$network.$(($1 * 4 + 2))
    ip addr add "$network.$(($1 * 4 + 1))/30" dev "$bridge"
}

vif_line() {
    echo "vif = [\"bridge=$bridge\"]"
}

# frontend DEVICE [MODE [SECONDS]]: how it is to behave; $reply is how it is.
frontend() {
    result_of "\"action\":\"frontend\",\"device\":\"$1\"\
${2:+,\"mode\":\"$2\"}${3:+,\"seconds\":$3}"
    has "the answer" "$reply" '"result": "done"'
}

until_phase() {
    until_told "\"action\":\"frontend\",\"device\":\"$1\"" \
        "\"phase\": \"$2\""
}

# What the interface's backend has counted, in dom0: "rx" from the VM.
counted() {
    cat "/sys/class/net/vif$domid.0/statistics/$1_packets"
}

# Its port for this VM is pending and masked, by the last that Xen says of it:
# while that is so, dom0 takes no frame.
dom0_is_deaf() {
    port=$(store_read device/vif/0/event-channel)
    xl debug-keys e
    xl dmesg | awk -v end=" d=$domid p=$port" '
        /Event channel information for domain 0:/ { deaf = 0 }
        index($0, "[1/1/") &&
            substr($0, length($0) - length(end) + 1) == end { deaf = 1 }
        END { exit !deaf }'
}

# What dom0's netback thinks of it.
netback_says() {
    mount -t debugfs none /sys/kernel/debug 2>/dev/null
    cat "/sys/kernel/debug/xen-netback/vif$domid.0/"*
    grep "vif$domid" /proc/interrupts
    cd "/sys/bus/xen-backend/devices/vif-$domid-0" &&
        grep -H "" events spurious_events jiffies_eoi_delayed
}

# pings COUNT: all of them are answered. Netback forgets an interrupt at times
# (Linux 6.12, one network in about 100): that is not the VM's doing, and
# nothing can be said of the VM's network then.
pings() {
    [ "$case_failed" ] && return 1
    ping -q -c "$1" -i 0.01 -w 60 "$vm_ip" >"$XTVM_WORK/ping.log" 2>&1
    grep -q "^$1 packets transmitted, $1 packets received," \
        "$XTVM_WORK/ping.log" && return
    sent=$(counted tx) received=$(counted rx)
    if dom0_is_deaf && sleep 5 && dom0_is_deaf; then
        (netback_says) 2>&1 | sed 's/^/#   /'
        skip_case "a dom0 that ends the network's interrupt; its port for" \
            "domain $domid is pending and masked"
        return 1
    fi
    frontend "$VIF"
    fail "$(cat "$XTVM_WORK/ping.log")
of these dom0 sent $sent and received $received frames; the VM: $reply
$(netback_says 2>&1)"
}

# detach DEVICE COMMAND...: libxl waits 10 s for the backend, and that of a busy
# host may need longer, however fast the VM has closed. Then it is asked again.
detach() {
    [ "$case_failed" ] && return 1
    device=$1
    shift
    "$@" >"$XTVM_WORK/xl.log" 2>&1 && return
    if [ "$(store_read "device/$device/state")" = 6 ]; then
        echo "# dom0 is late, $device has closed: $(cat "$XTVM_WORK/xl.log")" |
            tr '\n' ' ' && echo
        "$@" >"$XTVM_WORK/xl.log" 2>&1 && return
    fi
    fail "$*: $(cat "$XTVM_WORK/xl.log")"
}

# Somebody pings meanwhile; how many are answered is nobody's business.
traffic_begins() {
    ping -q -i 0.05 -w 300 "$vm_ip" >/dev/null 2>&1 &
    traffic=$!
}

traffic_ends() {
    kill "$traffic" 2>/dev/null
}

# dom0's kernel, where it can be read.
kernel_says() {
    dmesg | grep -qF -- "$1"
}
