#!/bin/sh
# SPDX-License-Identifier: MIT
# Disks: data as both sides see it, plugging, and suspends.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"

# pattern SEED: the first 64 KiB that the action disk writes. The VM verifies
# the rest: busybox needs half a minute for a MiB.
pattern() {
    awk -v seed="$1" -v size=65536 'BEGIN {
        for (at = 0; at < size; at += 32)
            printf "%08x %022d\n", seed, at
    }'
}

# disk MEMBERS: do an operation and wait for its end, e.g. disk '"op":"flush"'.
disk() {
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",$1"
}

disk_is_well() {
    disk "$1"
    has "the answer" "$reply" '"result": "done"'
}

# holds_pattern SEED: the disk's file in dom0 begins with that pattern.
holds_pattern() {
    [ "$case_failed" ] && return 1
    is "the disk's checksum" \
        "$(head -c 65536 "$XTVM_WORK/disk" | sha256sum)" \
        "$(pattern "$1" | sha256sum)"
}

attach() {
    [ "$case_failed" ] && return 1
    xl block-attach "$vm" "format=raw,vdev=xvda,access=rw,\
target=$XTVM_WORK/disk" >"$XTVM_WORK/xl.log" 2>&1 ||
        fail "xl block-attach: $(cat "$XTVM_WORK/xl.log")"
}

has_connected() {
    [ "$(vm_console | grep -c "$DISK: connected")" = "$1" ]
}

# The number of grants in use, from the newest part of Xen's log about this
# domain. Console and store have one each, if the daemon of the store uses it.
grants() {
    xl debug-keys g
    xl dmesg | awk -v domain="d$domid" '
        /grant-table for remote/ { ours = $0 ~ " " domain " "; count = 0 }
        ours && /\[0x/ { count++ }
        ours { last = count }
        END { print last + 0 }'
}

# resize MIB: set the size of the file, and of its loop device. The backend
# checks the device's size ten times a second (Linux 6.1).
resize() {
    [ "$case_failed" ] && return 1
    loop=$(losetup -a | grep -F "$XTVM_WORK/disk" | cut -d: -f1)
    dd if=/dev/zero of="$XTVM_WORK/disk" bs=1048576 seek="$1" count=0 \
        2>/dev/null
    losetup -c "$loop" || fail "losetup -c $loop"
}

# Move the disk to another backend, with the writes of a toolstack. Here the new
# backend is in dom0 too, with the same loop device and another folder.
move_disk() {
    [ "$case_failed" ] && return 1
    front=/local/domain/$domid/device/$DISK
    old=$(store_read "device/$DISK/backend")
    new=${old%/*}/51728
    device=$(xenstore-read "$old/physical-device")
    xl pause "$vm"
    xenstore-rm "$old"
    xenstore-rm "$front"
    xenstore-write "$front/backend" "$new" "$front/backend-id" 0 \
        "$front/virtual-device" 51712 "$front/device-type" disk \
        "$front/state" 1
    xenstore-chmod -r "$front" "n$domid" r0
    xenstore-write "$new/frontend" "$front" "$new/frontend-id" "$domid" \
        "$new/online" 1 "$new/mode" w "$new/type" phy "$new/dev" xvda \
        "$new/physical-device" "$device" "$new/hotplug-status" connected \
        "$new/state" 1
    xenstore-chmod -r "$new" n0 "r$domid"
    xl unpause "$vm"
}

note_what_is_held() {
    [ "$case_failed" ] && return 1
    command -v lsevtchn >/dev/null || {
        skip_case "no lsevtchn in this dom0"
        return 1
    }
    channels=$(lsevtchn "$domid" | wc -l)
    grants=$(grants)
}

nothing_more_is_held() {
    [ "$case_failed" ] && return 1
    frontend "$DISK"
    has "the answer" "$reply" '"pages": 0'
    is "the event channels" "$(lsevtchn "$domid" | wc -l)" "$channels"
    is "the grants, by Xen" "$(grants)" "$grants"
}

scenario() {
    uses losetup sha256sum
    case_of "a disk of the configuration, written and verified on both sides"
    disk_image 8
    vm_start "$(disk_line rw)"
    until_console 'vbd/51712: connected, 16384 sectors, writable'
    disk_is_well '"op":"write","mib":8,"seed":7'
    disk_is_well '"op":"flush"'
    holds_pattern 7
    disk_is_well '"op":"write","mib":1,"seed":9'
    pattern 9 | dd of="$XTVM_WORK/disk" conv=notrunc 2>/dev/null
    disk_is_well '"op":"verify","mib":1,"seed":9'
    printf X | dd of="$XTVM_WORK/disk" bs=1 seek=100000 conv=notrunc \
        2>/dev/null
    disk '"op":"verify","mib":1,"seed":9'
    has "the answer" "$reply" '"result": "failed"'
    has "the answer" "$reply" '"lines_wrong": 1'
    disk_is_well '"op":"read","mib":8'
    disk '"op":"read","mib":9'
    has "the answer" "$reply" 'the disk has no more than 8 MiB'
    request poweroff
    until_reason 0

    case_of "a read-only disk"
    disk_image 1
    vm_start "$(disk_line ro)"
    until_console 'sectors, read-only'
    disk '"op":"write","mib":1'
    has "the answer" "$reply" 'the disk is read-only'
    obeys

    case_of "attached and detached at run time"
    disk_image 1
    vm_start
    note_what_is_held
    disk '"op":"flush"'
    has "the answer" "$reply" 'there is no such device'
    attach
    until_phase "$DISK" connected
    disk_is_well '"op":"write","mib":1,"seed":1'
    detach "$DISK" xl block-detach "$vm" xvda
    until_phase "$DISK" absent
    nothing_more_is_held
    holds_pattern 1

    case_of "a connected disk grows and shrinks"
    disk_image 4
    vm_start "$(disk_line rw)"
    until_phase "$DISK" connected
    resize 8
    until_console 'vbd/51712: changed, 16384 sectors, writable'
    disk_is_well '"op":"write","mib":8,"seed":6'
    holds_pattern 6
    resize 2
    until_console 'vbd/51712: changed, 4096 sectors, writable'
    disk '"op":"read","mib":3'
    has "the answer" "$reply" 'the disk has no more than 2 MiB'
    frontend "$DISK"
    has "the answer" "$reply" '"connected": 1,'

    case_of "a disk gets another backend while the VM is paused"
    disk_image 1
    vm_start "$(disk_line rw)"
    until_phase "$DISK" connected
    note_what_is_held
    move_disk
    until_console "$DISK: has another backend"
    until_phase "$DISK" connected
    has "the answer" "$reply" '"connected": 2,'
    # The old backend may still have the old page mapped.
    until_told "\"action\":\"frontend\",\"device\":\"$DISK\"" '"pages": 1'
    disk_is_well '"op":"write","mib":1,"seed":8'
    holds_pattern 8
    is "the event channels" "$(lsevtchn "$domid" | wc -l)" "$channels"
    is "the grants, by Xen" "$(grants)" "$grants"

    times_of 4 50
    case_of "$times times attached and detached, and nothing leaks"
    disk_image 1
    vm_start
    note_what_is_held
    number=0
    while [ $number -lt "$times" ] && [ ! "$case_failed" ]; do
        number=$((number + 1))
        attach
        until_true "connection number $number" has_connected $number
        detach "$DISK" xl block-detach "$vm" xvda
    done
    until_phase "$DISK" absent
    nothing_more_is_held

    case_of "save and restore while it writes"
    disk_image 32
    vm_start "memory = 8" "$(disk_line rw)"
    disk_is_busy 3 32
    save_and_restore
    disk_was_busy
    holds_pattern 3
    disk_is_well '"op":"verify","mib":32,"seed":3'
    checkpoint
    disk_is_well '"op":"verify","mib":1,"seed":3'
    counts 2 1 1

    case_of "live migration while it writes"
    disk_image 64
    vm_start "memory = 16" "$(disk_line rw)"
    disk_is_busy 4 64 # 7 times 32 MiB took hardly longer than the migration
    if migrate; then
        disk_was_busy
        holds_pattern 4
    fi
    end_of_scenario
}
