#!/bin/sh
# SPDX-License-Identifier: MIT
# The files in examples/: configurations, and harnesses in sh and Python.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/shim.sh
. "$here/shim.sh"
# shellcheck source=tests/xl/examples.sh
. "$here/examples.sh"

# The name of the image in the examples for this machine.
# shellcheck disable=SC2154 # set by lib.sh
example_image=xen-test-vm$suffix.xen

# example_start FILE: start the VM of an example. Only the VM's name, the image,
# the disk's file, the bridge and the address are replaced by those of this run.
# The VM gets a UUID of this run. A dead VM is kept.
example_start() {
    [ "$case_failed" ] && return 1
    # shellcheck disable=SC2034 # for vm_made
    options=-q
    vm_name
    {
        sed "s|^name *=.*|name = \"$vm\"|
            s|^kernel *=.*|kernel = \"$XTVM_IMAGE\"|
            s|/tmp/xen-test-vm.disk|$XTVM_WORK/disk|
            s|xenbr0|${bridge-}|
            s|192\.0\.2\.2|${vm_ip-}|" "$examples/$1"
        echo "uuid = \"$uuid\""
        dead_are_kept
    } >"$config"
    vm_made
}

# start_unchanged FILE [LINE...]: start the VM of an example in the folder of a
# tree, as its comment says, with more lines. Only its name is replaced.
start_unchanged() {
    [ "$case_failed" ] && return 1
    mkdir -p "$XTVM_WORK/build"
    cp "$XTVM_IMAGE" "$XTVM_WORK/build/$example_image"
    # shellcheck disable=SC2034 # for vm_made
    options=-q
    vm_name
    sed "s|^name *=.*|name = \"$vm\"|" "$examples/$1" >"$config"
    shift
    printf '%s\n' "uuid = \"$uuid\"" "$@" >>"$config"
    cd "$XTVM_WORK" || return
    vm_made
    cd "$OLDPWD" || return
    until_state ready
}

# A reboot does not lose the VM of an example, wherever xl was started.
reboots() {
    # The examples of an installed package name the whole path.
    grep -q '^kernel *= "build/' "$examples/$1" || return 0
    case_of "$1: a VM that reboots is kept"
    start_unchanged "$1"
    store_write data/testing '{"when":"now","action":"reboot"}'
    until_reason 1
    monitor_says 'Action for shutdown reason code 1 is preserve'
    is "the domain" "$(number_of "$vm")" "$domid"

    case_of "$1: with the whole path of the image it starts again"
    start_unchanged "$1" "kernel = \"$XTVM_WORK/build/$example_image\"" \
        'on_reboot = "restart"'
    store_write data/testing '{"when":"now","action":"reboot"}'
    until_new_domain
    until_state ready
    obeys
}

ends_as_told() {
    obeys
    request poweroff
    until_reason 0
}

plain() {
    example_start "$1"
    until_state ready
    is guest "$(store_read data/xen-test-vm/guest)" "$XTVM_TYPE"
    ends_as_told
}

shim() {
    shim_is_there
    example_start "$1"
    until_ready_in_shim
    is guest "$(store_read data/xen-test-vm/guest)" pv
    ends_as_told
}

with_devices() {
    disk_image 8
    network_start 2
    example_start "$1"
    until_phase "$DISK" connected
    until_phase "$VIF" connected
    for op in write verify; do
        result_of "\"action\":\"disk\",\"device\":\"$DISK\",\"op\":\"$op\",\
\"mib\":8"
        has "the answer" "$reply" '"result": "done"'
    done
    pings 10
    ends_as_told
    end_case
    bridge_end
}

misbehaving() {
    example_start "$1"
    until_state armed
    request poweroff
    until_reason 3
    is "the request" "$(store_read control/shutdown)" ""
    took 5000 "caught by" "acknowledgement of control/shutdown is due"
}

# configuration FILE: test a configuration, if it is for this guest type and
# this machine.
configuration() {
    # shellcheck disable=SC2154 # set by lib.sh
    case $machine-$1 in
    x86-arm64.cfg) return ;;
    x86-* | arm64-arm64.cfg) ;;
    *) case_of "$1"; skip_case "for x86"; return ;;
    esac
    grep -q "^type *= \"$XTVM_TYPE\"" "$examples/$1" || return 0
    case_of "$1"
    case $1 in
    pv.cfg | pvh.cfg | arm64.cfg)
        plain "$1"
        reboots "$1"
        ;;
    shim.cfg) shim "$1" ;;
    devices.cfg) with_devices "$1" ;;
    misbehaving.cfg) misbehaving "$1" ;;
    *) fail "this scenario has no checks for it" ;;
    esac
}

# Make an xl that requests the shutdown of the VM and does not wait.
hasty_xl() {
    mkdir -p "$XTVM_WORK/hasty"
    {
        echo '#!/bin/sh'
        echo "[ \"\$1\" = shutdown ] || exec $(command -v xl) \"\$@\""
        echo "exec xenstore-write /local/domain/$domid/control/shutdown halt"
    } >"$XTVM_WORK/hasty/xl"
    chmod +x "$XTVM_WORK/hasty/xl"
}

# shellcheck disable=SC2034 # said and status are for says
# try_harness FOLDER FILE SECONDS: run a harness, with the programs in FOLDER
# first in its PATH.
try_harness() {
    [ "$case_failed" ] && return 1
    said=$(PATH=$1:$XTVM_WORK/bin:$PATH "$interpreter" "$examples/$2" "$vm" \
        "$3" 2>&1)
    status=$?
}

# harness FILE: it passes with xl, which waits, and fails with a toolstack that
# does not wait.
harness() {
    case $1 in
    *.py) interpreter=python3 ;;
    *) interpreter="sh" ;;
    esac
    missing=
    command -v "$interpreter" >/dev/null || missing="no $interpreter here"
    [ -x "$XTVM_WORK/bin/vmctl" ] ||
        missing="no vmctl here: say XTVM_VMCTL=FILE"
    if [ "$missing" ]; then
        case_of "$1"
        skip_case "$missing"
        return
    fi

    case_of "$1: xl waits for a late acknowledgement"
    vm_start
    try_harness "$XTVM_WORK/bin" "$1" 3
    says 0
    has "what the harness says" "$said" "ok - xl waited"
    obeys

    case_of "$1: it fails for a toolstack that does not wait"
    vm_start
    hasty_xl
    # 20 s: less than the 30 s that vmctl waits for the end of the delay.
    try_harness "$XTVM_WORK/hasty" "$1" 20
    says 1
    has "what the harness says" "$said" "not ok - xl waited"
    obeys
}

# Make an ssh that talks to an sshd of its own, without a network. That is how
# OpenSSH tests itself.
make_ssh() {
    [ "$case_failed" ] && return 1
    ssh=$XTVM_WORK/ssh
    mkdir -p "$ssh/bin" /run/sshd
    rm -f "$ssh/key" "$ssh/known"
    ssh-keygen -q -t ed25519 -N "" -f "$ssh/key" || fail "no key for ssh"
    cat >"$ssh/server" <<END
HostKey $ssh/key
AuthorizedKeysFile $ssh/key.pub
StrictModes no
UsePAM no
SetEnv PATH=$XTVM_WORK/bin:$PATH
END
    cat >"$ssh/client" <<END
ProxyCommand $(command -v sshd) -i -f $ssh/server
IdentityFile $ssh/key
IdentitiesOnly yes
BatchMode yes
StrictHostKeyChecking accept-new
UserKnownHostsFile $ssh/known
END
    {
        echo '#!/bin/sh'
        echo "exec $(command -v ssh) -F $ssh/client \"\$@\""
    } >"$ssh/bin/ssh"
    chmod +x "$ssh/bin/ssh"
}

# shellcheck disable=SC2034 # said and status are for says
# try_pytest FOLDER FILE [OPTION...]: it passes, with a VM that comes back after
# a reboot, and with the programs in FOLDER first in its PATH.
try_pytest() {
    [ "$case_failed" ] && return 1
    folder=$1 file=$2
    shift 2
    vm_start 'on_reboot = "restart"'
    said=$(PATH=$folder:$PATH PYTHONPATH=$examples \
        PYTHONDONTWRITEBYTECODE=1 "$interpreter" -m pytest -q \
        -p no:cacheprovider -p xen_test_vm --xen-vm "$vm" "$@" \
        "$examples/$file" 2>&1)
    status=$?
    says 0
    has "what pytest says" "$said" " passed"
}

# Skip the case if dom0 lacks what a harness for pytest needs.
needs_pytest() {
    [ -x "$XTVM_WORK/bin/vmctl" ] ||
        { skip_case "no vmctl here: say XTVM_VMCTL=FILE"; return; }
    "$interpreter" -c 'import pytest' 2>/dev/null || skip_case "no pytest here"
}

pytest_file() {
    interpreter=python3
    case_of "$1"
    needs_pytest
    try_pytest "$XTVM_WORK/bin" "$1"

    case_of "$1, over ssh"
    needs_pytest
    if ! { command -v sshd && command -v ssh && command -v ssh-keygen; } \
        >/dev/null; then
        [ "$case_failed" ] || skip_case "no sshd, ssh or ssh-keygen here"
    fi
    make_ssh
    try_pytest "$XTVM_WORK/ssh/bin" "$1" --xen-host root@dom0
    [ -s "$XTVM_WORK/ssh/known" ] || fail "ssh did not run"
}

# shellcheck disable=SC2034 # said and status are for says
# boots STATUS ARGUMENT...: boot-kernel.sh boots the image, and ends like this.
boots() {
    [ "$case_failed" ] && return 1
    expected=$1
    shift
    vm_name
    said=$(sh "$examples/boot-kernel.sh" --name "$vm" "$@" \
        "uuid = \"$uuid\"" "type = \"$XTVM_TYPE\"" "memory = $least_mib" 2>&1)
    status=$?
    says "$expected"
    # On a busy host the time may be up before the guest runs.
    [ "$expected" = 124 ] ||
        has "the console" "$said" "boot: xen-test-vm"
    is_gone || fail "$vm is left"
}

boot_kernel() {
    case_of "boot-kernel.sh: how a kernel ends"
    for row in poweroff:0 crash:1; do
        boots "${row#*:}" "$XTVM_IMAGE" "extra = 'testing={\"when\":\"now\",\
\"action\":\"${row%:*}\"}'"
    done
    boots 0 --until "boot: xen-test-vm" "$XTVM_IMAGE"
    boots 124 --until "no such text" --seconds 3 "$XTVM_IMAGE"
}

scenario() {
    if [ ! -f "$examples/pvh.cfg" ]; then
        skip_scenario "the examples" \
            "there are no examples here: say XTVM_EXAMPLES=FOLDER"
        return
    fi
    if find_vmctl; then
        mkdir "$XTVM_WORK/bin"
        cp "$vmctl" "$XTVM_WORK/bin/vmctl"
    fi
    for file in "$examples"/*; do
        name=${file##*/}
        case $name in
        *.cfg) configuration "$name" ;;
        *.xml) ;; # tested by the scenario libvirt
        boot-kernel.sh) boot_kernel ;;
        xen_test_vm.py) ;; # used by the next ones
        test_*.py) pytest_file "$name" ;;
        *) harness "$name" ;;
        esac
    done
    end_of_scenario
}
