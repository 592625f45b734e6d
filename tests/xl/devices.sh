#!/bin/sh
# SPDX-License-Identifier: MIT
# devices - functions for scenarios about devices, in addition to lib.sh.

# shellcheck disable=SC2034,SC2154 # for scenarios; set by lib.sh
DISK=vbd/51712 VIF=vif/0

# disk_image MIB: make a file of zeroes for a disk. The file is new, since the
# old one may still be in use.
disk_image() {
    rm -f "$XTVM_WORK/disk"
    dd if=/dev/zero of="$XTVM_WORK/disk" bs=1048576 count="$1" 2>/dev/null
}

# disk_line ACCESS: the line for that disk in a VM's configuration.
disk_line() {
    echo "disk = [\"format=raw,vdev=xvda,access=$1,\
target=$XTVM_WORK/disk\"]"
}

# disk_is_busy SEED MIB [TIMES]: keep the disk busy for longer than xl takes to
# suspend the VM: write and verify MIB, TIMES times. Afterwards the VM is armed.
disk_is_busy() {
    one="{\"when\":\"now\",\"action\":\"disk\",\"device\":\"$DISK\",\
\"mib\":$2,\"seed\":$1"
    steps=
    pairs=${3-5}
    while [ "$pairs" -gt 0 ]; do
        steps="$steps$one,\"op\":\"write\"},$one,\"op\":\"verify\"},"
        pairs=$((pairs - 1))
    done
    command_of "[$steps{\"when\":\"onshutdown\",\"request\":\"none\",\
\"action\":\"crash\"}]"
    until_state busy
}

# An operation on the disk ended after the newest resume.
disk_went_on() {
    vm_console | awk '
        /resumed as domain/ { resumed = 1; ended = 0 }
        resumed && /disk is over/ { ended = 1 }
        END { exit !ended }'
}

# After a restore: the disk was busy when the VM suspended, and all operations
# succeeded.
disk_was_busy() {
    # Up to 640 MiB in all; a busy host moves 4 MiB a second.
    within 300 until_state armed
    until_true "an operation on the disk ends after the resume" disk_went_on
    is "what failed" "$(vm_console | grep -c 'disk is over: [^d]')" 0
}

# Make a bridge for this scenario and type; vif_line names it for xl.
bridge_start() {
    modprobe bridge 2>/dev/null
    # The name of an interface has room for 15 bytes.
    bridge=xt-$(echo "$XTVM_SCENARIO" | cut -c1-8)-$XTVM_TYPE
    echo "$bridge" >"$XTVM_WORK/bridge" # run removes it if interrupted
    brctl addbr "$bridge" && ip link set "$bridge" up ||
        echo "# no bridge $bridge"
}

bridge_end() {
    ip link set "$bridge" down
    brctl delbr "$bridge"
    rm "$XTVM_WORK/bridge"
}

# network_start NUMBER: make a bridge, with an address for dom0 and one for a
# VM. Each scenario has its own NUMBER. The networks are those for documentation
# (RFC 5737).
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

# frontend DEVICE [MODE [SECONDS]]: set how a frontend behaves; sets $reply to
# an answer with its present state.
frontend() {
    result_of "\"action\":\"frontend\",\"device\":\"$1\"\
${2:+,\"mode\":\"$2\"}${3:+,\"seconds\":$3}"
    has "the answer" "$reply" '"result": "done"'
}

until_phase() {
    until_told "\"action\":\"frontend\",\"device\":\"$1\"" \
        "\"phase\": \"$2\""
}

# counted rx|tx: the packets that the backend of the interface has counted in
# dom0. "rx" are those from the VM.
counted() {
    cat "/sys/class/net/vif$domid.0/statistics/$1_packets"
}

# dom0's event channel for this VM's interface is pending and masked, by Xen's
# latest report: in that state dom0 takes no frame.
dom0_is_deaf() {
    port=$(store_read device/vif/0/event-channel)
    xl debug-keys e
    xl dmesg | awk -v end=" d=$domid p=$port" '
        /Event channel information for domain 0:/ { deaf = 0 }
        index($0, "[1/1/") &&
            substr($0, length($0) - length(end) + 1) == end { deaf = 1 }
        END { exit !deaf }'
}

# Print the state of dom0's netback for this VM.
netback_says() {
    mount -t debugfs none /sys/kernel/debug 2>/dev/null
    cat "/sys/kernel/debug/xen-netback/vif$domid.0/"*
    grep "vif$domid" /proc/interrupts
    cd "/sys/bus/xen-backend/devices/vif-$domid-0" &&
        grep -H "" events spurious_events jiffies_eoi_delayed
}

# pings COUNT: the VM answers all of them. Sometimes netback loses an interrupt
# (Linux 6.12, one network in about 100). That is not a fault of the VM, and its
# network cannot be tested then: skip the case.
pings() {
    [ "$case_failed" ] && return 1
    ping -q -c "$1" -i 0.01 -w 60 "$vm_ip" >"$XTVM_WORK/ping.log" 2>&1
    grep -q "^$1 packets transmitted, $1 packets received," \
        "$XTVM_WORK/ping.log" && return
    sent=$(counted tx) received=$(counted rx)
    if dom0_is_deaf && sleep 5 && dom0_is_deaf; then
        (netback_says) 2>&1 | sed 's/^/#   /'
        skip_case "dom0's netback never ends the interrupt; its port for" \
            "domain $domid is pending and masked"
        return 1
    fi
    frontend "$VIF"
    fail "$(cat "$XTVM_WORK/ping.log")
of these dom0 sent $sent and received $received frames; the VM: $reply
$(netback_says 2>&1)"
}

# detach DEVICE COMMAND...: run a command that detaches a device. libxl waits
# 10 s for the backend. On a busy host the backend may need longer, even if the
# VM has closed in time; then the command is repeated once.
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

# Ping the VM in the background; the answers are not counted.
traffic_begins() {
    ping -q -i 0.05 -w 300 "$vm_ip" >/dev/null 2>&1 &
    traffic=$!
}

traffic_ends() {
    kill "$traffic" 2>/dev/null
}

# kernel_says TEXT: the log of dom0's kernel contains it.
kernel_says() {
    dmesg | grep -qF -- "$1"
}

uses brctl dmesg ip modprobe mount ping
