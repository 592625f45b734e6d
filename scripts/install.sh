#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh - copy the kernel to a XenServer or XCP-ng host and register it
# there as a PVH virtual machine. See usage below.
#
# It logs in once, as root: this file goes to the host as the command, the
# image as that command's input. The uuid of the new VM is all that it prints
# on stdout. When a step fails it removes again what it made on the host.
# It never starts a VM, never touches a VM or a file that it did not make, and
# never asks the host to fetch anything.
#
# It has not been run on a real XenServer or XCP-ng host yet: what xapi accepts
# was read in xapi's sources, and tests/install runs this against a fake xe.
# Still missing: copying to the other hosts of a pool (it says so when there
# are any) and removal (it prints the commands).
set -eu
unset CDPATH

name=xen-test-vm
memory=33554432         # 32 MiB in bytes; xapi counts a PVH guest as an HVM
                        # one, whose overhead makes 16 MiB too tight

usage() {
    cat <<EOF
Usage: scripts/install.sh HOST [IMAGE]

Install the kernel IMAGE (default: build/$name.xen of this project) on
the XenServer or XCP-ng host HOST and register it there as a PVH VM. HOST is
what ssh takes, a name or user@name; the user is root if none is given.
Prints the uuid of the new VM; progress and errors go to stderr.
EOF
}

say() {
    printf '%s: %s\n' install.sh "$*" >&2
}

die() {
    say "$*"
    exit 1
}

is_uuid() {
    case $1 in
    *[!0-9a-f-]*) return 1 ;;
    esac
    [ "${#1}" -eq 36 ]
}

# --- on the host -------------------------------------------------------------

step=''                 # what is being done; empty: nothing was changed yet
made_folder='' copy='' uuid='' finished=''

clean_up() {
    trap '' HUP INT TERM PIPE
    trap - EXIT
    set +e
    if [ -n "$finished" ]; then
        exit 0
    fi
    if is_uuid "$uuid" && ! xe vm-destroy "uuid=$uuid"; then
        say "could not remove the VM $uuid again"
    fi
    if [ -n "$copy" ] && ! rm -f -- "$copy"; then
        say "could not remove $copy again"
    fi
    if [ -n "$made_folder" ]; then
        rmdir -- "$made_folder"
    fi
    if [ -n "$step" ]; then
        say "failed: $step"
    fi
    exit 1
}

# The folders from which xapi starts a kernel, which must be a regular file
# there (allowed_dom0_directories_for_boot_files in its xapi_xenops.ml):
#   1.249 (XCP-ng 8.2)  /boot/guest; but no PVH, so refused here
#   23.10 to 24.19      /boot/guest or /var/lib/xcp/guest
#   later               /var/lib/xcp/guest
# What lies between 1.249 and 23.10 was not read: refused as well.
choose_folder() {
    major=${1%%.*}
    minor=${1#*.}
    minor=${minor%%.*}
    case $major:$minor in
    :* | *: | *[!0-9:]*) die "cannot read the host's xapi version \"$1\"" ;;
    esac
    if [ "$major" -lt 23 ] || { [ "$major" -eq 23 ] && [ "$minor" -lt 10 ]; }
    then
        die "xapi $1 is too old for PVH: use a host with XCP-ng 8.3 or" \
            "XenServer 8, or register the image by hand as domain-type=pv" \
            "from /boot/guest"
    fi
    if [ -d /var/lib/xcp ]; then
        folder=/var/lib/xcp/guest
    elif [ "$major" -gt 24 ] || { [ "$major" -eq 24 ] && [ "$minor" -gt 19 ]; }
    then
        die "xapi $1 starts kernels only from /var/lib/xcp/guest," \
            "and the host has no /var/lib/xcp"
    else
        folder=/boot/guest
    fi
}

# Arguments: size and SHA-256 of the image, which is the input. Whatever the
# commands below write to stdout must not mix with the uuid: hence the 4.
on_host() {
    exec 3<&0 </dev/null 4>&1 1>&2
    umask 022
    trap 'exit 1' HUP INT TERM PIPE
    trap clean_up EXIT

    step='finding the host (INSTALLATION_UUID in /etc/xensource-inventory)'
    host=$(sed -n "s/^INSTALLATION_UUID=['\"]*\([0-9a-f-]*\).*/\1/p" \
        /etc/xensource-inventory)
    is_uuid "$host" || die "no uuid: \"$host\""
    step='asking for the version of xapi (xe host-param-get)'
    version=$(xe host-param-get "uuid=$host" param-name=software-version \
        param-key=xapi_build)
    step=''
    choose_folder "$version"
    step='listing the hosts of the pool (xe host-list)'
    hosts=$(xe host-list --minimal)

    step="copying the image to $folder"
    if ! [ -d "$folder" ]; then
        mkdir -- "$folder"
        made_folder=$folder
    fi
    copy=$(mktemp "$folder/.$name.XXXXXX")
    cat <&3 >"$copy"
    got=$(wc -c <"$copy")
    [ "$got" -eq "$1" ] || die "the image is cut: $got of $1 bytes came"
    got=$(sha256sum <"$copy")
    [ "${got%% *}" = "$2" ] || die "the image came with a wrong SHA-256"
    chmod 644 -- "$copy"

    step='creating the VM (xe vm-create)'
    uuid=$(xe vm-create "name-label=$name")
    is_uuid "$uuid" || die "xe vm-create gave no uuid: \"$uuid\""

    # The uuid in its name makes the file this VM's own.
    step="naming the image in $folder"
    kernel=$folder/$name-$uuid.xen
    mv -- "$copy" "$kernel"
    copy=$kernel

    # HVM-boot-policy is not to be set: xapi then resets the domain type.
    step='setting domain type and kernel (xe vm-param-set)'
    xe vm-param-set "uuid=$uuid" domain-type=pvh "PV-kernel=$kernel" PV-args= \
        "affinity=$host"
    step='setting the platform flags (xe vm-param-set)'
    xe vm-param-set "uuid=$uuid" platform:pae=true platform:nx=true
    # xapi wants static-min <= dynamic-min <= dynamic-max <= static-max.
    step='setting the memory limits (xe vm-memory-limits-set)'
    xe vm-memory-limits-set "uuid=$uuid" "static-min=$memory" \
        "dynamic-min=$memory" "dynamic-max=$memory" "static-max=$memory"
    step='reading the domain type back (xe vm-param-get)'
    got=$(xe vm-param-get "uuid=$uuid" param-name=domain-type)
    [ "$got" = pvh ] || die "the domain type is \"$got\", not pvh"

    step='printing the uuid'
    printf '%s\n' "$uuid" >&4
    finished=yes
    say "installed $kernel; to remove it, on the host:" \
        "xe vm-destroy uuid=$uuid && rm $kernel"
    case $hosts in
    *,*) say "other hosts of the pool can start this VM only after you copy" \
        "$kernel to the same place there" ;;
    esac
}

# --- here --------------------------------------------------------------------

on_host_name=xen-test-vm-install-on-host

here() {
    case ${1-} in
    --help)
        usage
        exit 0 ;;
    esac
    if [ "$#" -lt 1 ] || [ "$#" -gt 2 ]; then
        usage >&2
        exit 2
    fi
    case $1 in
    '' | -* | *@-*)
        say "not a host: \"$1\""
        usage >&2
        exit 2 ;;
    *@*) login=$1 ;;
    *) login=root@$1 ;;
    esac
    project=$(cd -- "$(dirname -- "$0")/.." && pwd)
    image=${2-$project/build/$name.xen}
    if ! [ -f "$image" ]; then
        die "no image \"$image\": build it first, with \`make\`"
    fi
    size=$(wc -c <"$image" | tr -d ' ')
    [ "$size" -gt 0 ] || die "the image \"$image\" is empty"
    sum=$(sha256sum <"$image")
    sum=${sum%% *}

    # The login shell of the host gets one command: this file between single
    # quotes, with a name as its $0 that says where it runs.
    text=$(sed "s/'/'\\\\''/g" "$0")
    say "logging in as $login"
    status=0
    answer=$(ssh -T -- "$login" \
        "exec sh -c '$text' $on_host_name $size $sum" <"$image") || status=$?
    case $status in
    0) ;;
    255) die "ssh to $login failed; if it broke late, look on the host:" \
        "xe vm-list name-label=$name" ;;
    *) die "the installation on $login failed" ;;
    esac
    # A login script of the host may have talked before.
    uuid=$(printf '%s\n' "$answer" | tail -n 1)
    is_uuid "$uuid" || die "$login answered no uuid: \"$uuid\""
    printf '%s\n' "$uuid"
}

case $0 in
"$on_host_name") on_host "$@" ;;
*) here "$@" ;;
esac
