#!/bin/sh
# SPDX-License-Identifier: MIT
# The catalogue of misbehaviours: those of devices.
#
# docs/misbehaviours.md has a row for each case, and tools/check/documents
# compares them.
# shellcheck disable=SC2034 # misbehaviour uses beforehand

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"

state_is() {
    is "the frontend's state" "$(store_read "device/$1/state")" "$2"
}

# xl has stopped waiting; the backend may close later.
until_unplugged() {
    until_lacks "device/$1"
}

disks() {
    disk_image 1
    cp "$XTVM_WORK/disk" "$XTVM_WORK/disk-never-connects.save"
    beforehand=
    misbehaviour disk-never-connects '{"when":"now","action":"frontend",'\
'"device":"vbd/51712","mode":"never-connect"}' \
        'xl block-attach NAME format=raw,vdev=xvda,target=FILE'
    says 0
    state_is "$DISK" 1
    then_toolstack 'xl block-detach NAME xvda'
    says 0

    beforehand='until_phase vbd/51712 connected'
    misbehaviour disk-refuses-to-close '{"when":"now","action":"frontend",'\
'"device":"vbd/51712","mode":"refuse-close"}' \
        'xl block-detach NAME xvda' "$(disk_line rw)"
    if xen_since 17; then
        says 1 'unable to remove device'
        state_is "$DISK" 4
        frontend "$DISK" obey
        until_phase "$DISK" waiting
        then_toolstack 'xl block-detach NAME xvda'
    fi
    says 0
    until_phase "$DISK" absent

    misbehaviour disk-closes-late '{"when":"now","action":"frontend",'\
'"device":"vbd/51712","mode":"close-late","seconds":3}' \
        'xl block-detach NAME xvda' "$(disk_line rw)"
    says 0
    until_phase "$DISK" absent

    misbehaviour disk-closes-too-late '{"when":"now","action":"frontend",'\
'"device":"vbd/51712","mode":"close-late","seconds":60}' \
        'xl block-detach NAME xvda' "$(disk_line rw)"
    if xen_since 17; then
        says 1 'unable to remove device'
        state_is "$DISK" 4
        until_phase "$DISK" waiting
    else
        says 0
        until_phase "$DISK" absent
    fi

    misbehaviour disk-disconnects '{"when":"now","action":"frontend",'\
'"device":"vbd/51712","mode":"disconnect"}' \
        'xl block-list NAME' "$(disk_line rw)"
    says 0
    until_phase "$DISK" waiting
    frontend "$DISK" obey
    until_phase "$DISK" connected

    misbehaviour disk-corrupts-its-ring '{"when":"now","action":"frontend",'\
'"device":"vbd/51712","mode":"corrupt"}' \
        'xl block-detach NAME xvda' "$(disk_line rw)"
    says 0
    until_true "the backend says so" kernel_says \
        "Frontend provided bogus ring requests"
    obeys
}

networks() {
    beforehand=
    misbehaviour vif-never-connects '{"when":"now","action":"frontend",'\
'"device":"vif/0","mode":"never-connect"}' \
        'xl network-attach NAME bridge=BRIDGE'
    says 0
    state_is "$VIF" 1
    then_toolstack 'xl network-detach NAME 0'
    says 0

    beforehand='until_phase vif/0 connected'
    misbehaviour vif-refuses-to-close '{"when":"now","action":"frontend",'\
'"device":"vif/0","mode":"refuse-close"}' \
        'xl network-detach NAME 0' "$(vif_line)"
    says 0
    until_phase "$VIF" absent

    misbehaviour vif-closes-late '{"when":"now","action":"frontend",'\
'"device":"vif/0","mode":"close-late","seconds":3}' \
        'xl network-detach NAME 0' "$(vif_line)"
    says 0
    until_phase "$VIF" absent

    misbehaviour vif-disconnects '{"when":"now","action":"frontend",'\
'"device":"vif/0","mode":"disconnect"}' \
        'xl network-list NAME' "$(vif_line)"
    says 0
    until_phase "$VIF" waiting
    frontend "$VIF" obey
    until_phase "$VIF" connected

    misbehaviour vif-corrupts-its-ring '{"when":"now","action":"frontend",'\
'"device":"vif/0","mode":"corrupt"}' \
        'xl network-detach NAME 0' "$(vif_line)"
    says 0
    until_true "the backend says so" kernel_says \
        "vif$domid.0: Impossible number of requests"
    obeys
}

scenario() {
    bridge_start
    disks
    networks
    end_case
    bridge_end
    end_of_scenario
}
