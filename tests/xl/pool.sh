#!/bin/sh
# SPDX-License-Identifier: MIT
# pool - functions for scenarios with several hosts, in addition to lib.sh. The
# program `on` runs a command on another host; see scripts/host/pool. The image
# and $XTVM_WORK are at the same place on all hosts.

# shellcheck disable=SC2034,SC2154 # for scenarios; set by lib.sh

# Functions of lib.sh, devices.sh and sizes.sh run these programs on the host
# that has the VM.
TOOLS="brctl cat ip modprobe ping xen-domain xen-store xen-text
xenstore-chmod xenstore-exists xenstore-ls xenstore-read xenstore-rm
xenstore-write xl"

# These hold until has_hosts finds other hosts.
host=1 hosts=1 home_path=$all_path

# has_hosts NAME: there are several hosts; if not, skip the scenario NAME. Sets
# hosts, their numbers.
has_hosts() {
    command -v on >/dev/null || {
        skip_scenario "$1" "needs several hosts (scripts/host/pool)"
        return 1
    }
    next=2
    while on $next true 2>/dev/null; do
        hosts="$hosts $next"
        mkdir "$XTVM_WORK/$next"
        for tool in $TOOLS; do
            # on itself runs this host's programs, such as cat.
            # shellcheck disable=SC2016 # for the script
            printf '#!/bin/sh\nPATH=%s exec on %s %s "$@"\n' \
                "$home_path" $next "$tool" \
                >"$XTVM_WORK/$next/$tool"
            chmod +x "$XTVM_WORK/$next/$tool"
        done
        next=$((next + 1))
    done
    at 1
}

# at NUMBER: from now on all functions are about this host.
at() {
    # A case that is skipped goes nowhere: the next one begins on host 1. See
    # idle().
    [ "$PATH" != /nowhere ] || return 0
    host=$1 all_path=$home_path
    [ "$host" = 1 ] || all_path=$XTVM_WORK/$host:$home_path
    PATH=$all_path
}

# local_or_there TOOL ARGUMENT...: a shell that has this tool built in does not
# look into PATH. Without a file, cat reads its standard input, which is on this
# host.
local_or_there() {
    if [ "$host" = 1 ] || [ $# -eq 1 ]; then
        command "$@"
    else
        on "$host" "$@"
    fi
}

for tool in brctl cat ip modprobe ping; do
    eval "$tool() { local_or_there $tool \"\$@\"; }"
done

# receiver NUMBER: the command that receives a VM on this host.
receiver() {
    echo "on $1 --stream xl migrate-receive"
}

# cross NUMBER: migrate the VM to this host, live.
cross() {
    migrate_by "$(receiver "$1")" || return
    at "$1"
    domid=$(number_of "$vm")
    [ "$domid" ] || fail "the VM is lost: $(cat "$XTVM_WORK/save.log")"
}

# The VM is on this host and obeys, and no other host has one of this name.
is_here_alone() {
    [ "$case_failed" ] && return 1
    domid=$(number_of "$vm")
    [ "$domid" ] || { fail "the VM is not on host $host"; return 1; }
    obeys
    this=$host
    for other in $hosts; do
        [ "$other" != "$this" ] || continue
        at "$other"
        for name in "$vm" "$vm--incoming"; do
            [ ! "$(number_of "$name")" ] || fail "host $other has $name, too"
        done
    done
    at "$this"
}

# run_on NUMBER COMMAND...: run a command on this host.
run_on() {
    where=$1
    shift
    if [ "$where" = 1 ]; then "$@"; else on "$where" "$@"; fi
}

# version_on NUMBER: print Xen's version on this host.
version_on() {
    run_on "$1" xl info | sed -n 's/^xen_version *: *//p'
}

# The functions of lib.sh with these names would use the first host only.
vm_console() {
    cat "$logs/console/guest-$vm.log" "$logs/console/guest-$vm--incoming.log" \
        2>/dev/null
}

console_has() {
    vm_console | grep -qF -- "$1"
}

vm_end_all() {
    for host in $hosts; do
        at "$host"
        for name in $vms; do
            xl destroy "$name" >/dev/null 2>&1
        done
    done
    vms=
    vm=
    at 1
}
