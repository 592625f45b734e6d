#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile VM attacks the backends of devices: dom0 and an honest VM go on.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/attacks.sh
. "$here/attacks.sh"

# pair_start LINE...: an honest VM with a disk and a network, and an attacker
# with these lines in its configuration. Each disk has its own file.
pair_start() {
    [ "$case_failed" ] && return 1
    disk_image 8
    mv "$XTVM_WORK/disk" "$XTVM_WORK/honest"
    vm_start "$(vif_line)" "extra = \"ip=$vm_ip\"" \
        "$(disk_line rw | sed 's|/disk"|/honest"|')"
    until_phase "$DISK" connected
    until_phase "$VIF" connected
    disk '"op":"write","mib":8,"seed":1'
    honest=$vm honest_domid=$domid
    disk_image 8
    vm_start "$@"
    attacker=$vm attacker_domid=$domid
    daemons=$(daemons_of_dom0)
    dmesg | wc -l >"$XTVM_WORK/lines"
}

# disk MEMBERS: an operation on the disk is done.
disk() {
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",$1"
    has "the disk's answer" "$reply" '"result": "done"'
}

# What dom0's kernel has said since the attacker started.
news_of_dom0() {
    dmesg | tail -n "+$(($(cat "$XTVM_WORK/lines") + 1))"
}

# As all_is_well, and the honest VM's devices go on.
devices_are_well() {
    [ "$case_failed" ] && return 1
    is "the daemons" "$(daemons_of_dom0)" "$daemons"
    is "what the logs say of bugs" "$(bugs)" ""
    as_honest
    within 30 disk '"op":"verify","mib":8,"seed":1'
    pings 10
    as_attacker
    obeys
}

# attack_device MODE TRIES [TEXT...]: attack, while the honest VM works. Sets
# $reply to the answer, which has each text.
attack_device() {
    [ "$case_failed" ] && return 1
    mode=$1 tries=$2
    shift 2
    command_of "{\"when\":\"now\",\"id\":\"a\",\"action\":\"attack\",\
\"mode\":\"$mode\",\"tries\":$tries,\"seconds\":1}"
    as_honest
    within 30 disk '"op":"verify","mib":8,"seed":1'
    pings 10
    as_attacker
    until_reply_has '"id": "a", "result": "[!s]*'
    reply=$(store_read data/xen-test-vm/reply)
    echo "# $mode, $tries tries: $reply"
    news_of_dom0 | grep -E 'xen-blkback|WARNING|saw state|fatal error' |
        sed 's/^/#   dom0: /' | tail -n 8
    for text; do has "the answer" "$reply" "$text"; done
    devices_are_well
}

disk_works() {
    until_phase "$DISK" connected
    disk '"op":"verify","mib":8,"seed":3'
}

# all_states: states that no frontend has, too. Linux's backends give the device
# up for good when they see one: then the answer is "failed".
all_states() {
    many=2000
    attack_device device-states "$many" "\"tried\": $many,"
    case $reply in
    *'"result": "done"'*) ;;
    *) has "the answer" "$reply" '"result": "failed", "error": "ETIMEDOUT"' ;;
    esac
}

scenario() {
    uses mv
    network_start 5

    case_of "requests to a disk that are wrong"
    pair_start "$(disk_line rw)"
    until_phase "$DISK" connected
    disk '"op":"write","mib":8,"seed":3'
    attack_device disk-requests 19 '"result": "done"' '"tried": 19,'
    # Dom0 takes 5 to 8 ms for a try, also on an idle host.
    times_of 500 100000
    within 1800 attack_device disk-requests "$times" '"result": "done"' \
        "\"tried\": $times,"
    disk_works

    case_of "the nodes and states of a disk"
    pair_start "$(disk_line rw)"
    until_phase "$DISK" connected
    disk '"op":"write","mib":8,"seed":3'
    within 150 attack_device device-nodes 12 '"tried": 12,'
    disk_works
    attack_device device-states 9 '"result": "done"' '"tried": 9,'
    disk_works
    all_states

    case_of "the nodes and states of a network"
    pair_start "$(vif_line)"
    until_phase "$VIF" connected
    within 150 attack_device device-nodes 12 '"tried": 12,'
    until_phase "$VIF" connected
    attack_device device-states 9 '"result": "done"' '"tried": 9,'
    until_phase "$VIF" connected
    all_states

    case_of "buffers of a network that are wrong"
    pair_start "$(vif_line)"
    until_phase "$VIF" connected
    # Each of these frames reaches the attacker.
    ping -q -c 60 -i 0.2 -w 20 "$network.23" >/dev/null 2>&1 &
    attack_device net-buffers 20 '"result": "done"'
    until_phase "$VIF" connected

    case_of "requests to a network that are wrong"
    pair_start "$(vif_line)"
    until_phase "$VIF" connected
    attack_device net-requests 6 '"result": "done"' '"tried": 6,'
    attack_device net-requests 12 '"result": "done"'
    case $reply in
    *ETIMEDOUT*) echo "# dom0 has disabled the network for good" ;;
    esac
    attack_device net-requests 1 '"result": "done"'
    end_case
    bridge_end
    end_of_scenario
}
