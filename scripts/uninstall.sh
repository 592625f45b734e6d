#!/bin/bash
# SPDX-License-Identifier: MIT
# uninstall.sh - remove from a XenServer or XCP-ng pool the VMs and images that
# install.sh made. See usage below, and xapi.sh.
#
# It recognises VMs by a mark in their other-config, and images by their names;
# it never touches others. When a step fails, earlier removals are not undone:
# run it again. Like install.sh it has run on no XenServer or XCP-ng host.
set -u
unset CDPATH
# shellcheck source=scripts/xapi.sh
. "$(dirname -- "$0")/xapi.sh" || exit 1

name='' force='' disks=''
wanted=()

usage() {
    cat <<END
Usage: $me [OPTION...] HOST [UUID...]

Removes all VMs that install.sh made in the XenServer or XCP-ng pool that HOST
belongs to, or only those with these uuids. Then removes, on each host, the
images that no VM, snapshot or template of the pool uses, and vmctl if no VM of
install.sh stays.

  --name NAME          only VMs called NAME, or NAME-1, NAME-2 and so on
  --force              also VMs that are not halted; without it one of these
                       stops the script before it removes anything
  --disks              also the virtual disks of the VMs; without it they stay

$(connection_usage)

Exit status: 0 removed, or nothing was there; 1 failed, run it again; 2 wrong
usage; 3 a connection broke: look at that host and run it again.
END
}

own_option() {
    took=1
    case $1 in
    --name)
        [ $# -ge 2 ] || wrong "$1 wants a value"
        [ "$2" ] || wrong "the name is empty"
        name=$2
        took=2 ;;
    --force) force=yes ;;
    --disks) disks=yes ;;
    *) return 1 ;;
    esac
}

read_arguments() {
    local uuid
    read_words "$@"
    take_host "${words[0]}"
    wanted=("${words[@]:1}")
    for uuid in "${wanted[@]}"; do
        is_uuid "$uuid" || wrong "not a uuid: \"$uuid\""
    done
}

# is_wanted UUID NAME
is_wanted() {
    local rest=${2#"$name"}
    if [ "$name" ]; then
        [ "$rest" != "$2" ] || return 1
        [[ $rest =~ ^(-[0-9]+)?$ ]] || return 1
    fi
    [ "${#wanted[@]}" -eq 0 ] || [[ " ${wanted[*]} " == *" $1 "* ]]
}

# Sets vms, their names and power states, and others if other VMs stay.
vms=() names=() states=() others=''
look_at_vms() {
    local uuid list title
    step='listing the VMs (xe vm-list)'
    ask 0 xe vm-list "$mark" params=uuid --minimal
    list=$answer
    for uuid in ${list//,/ }; do
        is_uuid "$uuid" || die "xe vm-list gave no uuid: \"$uuid\""
        step="looking at the VM $uuid (xe vm-param-get)"
        ask 0 xe vm-param-get "uuid=$uuid" param-name=name-label
        title=$answer
        is_wanted "$uuid" "$title" || {
            others=yes
            continue
        }
        ask 0 xe vm-param-get "uuid=$uuid" param-name=power-state
        [ "$answer" = halted ] || [ "$force" ] ||
            die "$title is $answer: shut it down, or say --force"
        vms+=("$uuid")
        names+=("$title")
        states+=("$answer")
    done
    for uuid in "${wanted[@]}"; do
        [[ " ${vms[*]} " == *" $uuid "* ]] ||
            die "$uuid is no VM of install.sh${name:+ called $name}"
    done
}

remove_vms() {
    local index list word
    for ((index = 0; index < ${#vms[@]}; index++)); do
        if [ "${states[index]}" != halted ]; then
            step="shutting down ${names[index]} (xe vm-shutdown)"
            change 0 '' xe vm-shutdown "uuid=${vms[index]}" force=true
        fi
        step="listing the disks of ${names[index]} (xe vbd-list)"
        ask 0 xe vbd-list "vm-uuid=${vms[index]}" type=Disk \
            params=vdi-uuid --minimal
        list=''
        # For a disk that is gone xe prints words, not a uuid.
        for word in ${answer//,/ }; do
            ! is_uuid "$word" || list+=${list:+,}$word
        done
        say "${logins[0]}: removing the VM ${names[index]}"
        if [ "$disks" ]; then
            step="removing ${names[index]} with its disks (xe vm-uninstall)"
            change 0 '' xe vm-uninstall "uuid=${vms[index]}" force=true
        else
            step="removing ${names[index]} (xe vm-destroy)"
            change 0 '' xe vm-destroy "uuid=${vms[index]}"
            [ -z "$list" ] || say "these virtual disks of it stay: $list"
        fi
    done
}

# is_used PATH: whether a VM, snapshot or template names it. In a dry run VMs
# that would be removed do not count.
is_used() {
    local list uuid kind
    for kind in vm snapshot template; do
        step="looking for users of $1 (xe $kind-list)"
        ask 0 xe "$kind-list" "PV-kernel=$1" params=uuid --minimal
        list=$answer
        for uuid in ${list//,/ }; do
            [[ -n $dry_run && " ${vms[*]} " == *" $uuid "* ]] || return 0
        done
    done
    return 1
}

# A pattern of the digits of a digest that are in a name.
digits='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
digits=$digits$digits$digits$digits

# remove_images SESSION: removes images that are not in use. The pattern matches
# only names that install.sh makes.
remove_images() {
    local list path pattern
    pattern="xen-test-vm-*-$digits.xen"
    step='listing the images'
    ask "$1" sh -c "for path in ${folders[0]}/$pattern ${folders[1]}/$pattern
        do
            test ! -f \"\$path\" || test -h \"\$path\" || echo \"\$path\"
        done"
    list=$answer
    while IFS= read -r path; do
        [ "$path" ] || continue
        if is_used "$path"; then
            say "${logins[$1]}: $path stays: it is in use"
            continue
        fi
        say "${logins[$1]}: removing $path"
        step="removing $path"
        change "$1" '' rm -f -- "$path"
    done <<<"$list"
}

# remove_vmctl SESSION: all versions, and their folder.
remove_vmctl() {
    [ -z "$others" ] || return 0
    step="looking for $tools"
    attempt "$1" test -d "$tools" || return 0
    say "${logins[$1]}: removing vmctl"
    step="removing $tools/vmctl"
    change "$1" '' sh -c "rm -f -- $tools/vmctl $tools/vmctl-*-$digits &&
        { rmdir -- $tools || echo '$tools has other files, and stays' >&2; }"
}

read_arguments "$@"
open_pool
look_at_vms
open_others
remove_vms
for ((index = 0; index < sessions; index++)); do
    remove_images "$index"
    remove_vmctl "$index"
done
keep_all
