#!/bin/bash
# SPDX-License-Identifier: MIT
# install.sh - copy the kernel to all hosts of a XenServer or XCP-ng pool and
# register it there as a virtual machine. See usage below, and xapi.sh.
#
# All checks run before any change. Then it makes changes step by step; when a
# step fails, all steps before are undone. It never starts a VM, and never
# changes a VM or a file that it did not make.
#
# It has run against a real xapi, 26.17, on an emulated host, but on no host of
# XenServer or XCP-ng. For other versions, xapi's sources were read to find out
# what xapi accepts, and tests/install runs this script against a fake xe.
set -u
unset CDPATH
# shellcheck source=scripts/xapi.sh
. "$(dirname -- "$0")/xapi.sh" || exit 1

name=xen-test-vm
count=1
type=pvh
memory=32               # MiB; xapi 26.17 also started PVH with 16, 8 and 5 MiB;
                        # xapi adds 5 MiB to these
vcpus=1
arguments='' testing='' template='' with_vmctl=''
arguments_max=1023      # bytes of command line that Xen passes to a PV guest
shim=/usr/libexec/xen/boot/xen-shim

usage() {
    cat <<END
Usage: $me [OPTION...] HOST [IMAGE]

Copies the kernel IMAGE (default build/xen-test-vm.xen of this project) to each
host of the XenServer or XCP-ng pool that HOST belongs to, and registers it as
a VM. Prints the uuid of each VM; progress and errors go to stderr. An image or
VM that is already there is used again. If a step fails, all steps are undone.

  --name NAME          name of the VM (default $name)
  --count N            make N VMs, NAME-1 to NAME-N (default 1, called NAME)
  --type TYPE          pvh (default), pv or pv-in-pvh
  --memory MIB         of each VM (default $memory)
  --vcpus N            of each VM, 1 to 32 (default $vcpus)
  --testing TEXT       a command or program, armed at boot (PV-args testing=)
  --args TEXT          more words for the kernel's command line
  --template TEMPLATE  a name or uuid: use xe vm-install, not xe vm-create
  --with-vmctl         also copy vmctl to each host, as $tools/vmctl

$(connection_usage)

Exit status: 0 installed; 1 failed, nothing is left behind; 2 wrong usage;
3 failed, and something may be left behind: see the messages.
END
}

# --- here --------------------------------------------------------------------

own_option() {
    case $1 in
    --name | --count | --type | --memory | --vcpus | --testing | --args | \
        --template)
        [ $# -ge 2 ] || wrong "$1 wants a value"
        is_plain "$2" ||
            wrong "$1 takes no line ends and no other control characters"
        option "$1" "$2"
        took=2 ;;
    --with-vmctl)
        with_vmctl=yes
        took=1 ;;
    *) return 1 ;;
    esac
}

read_arguments() {
    read_words "$@"
    [ "${#words[@]}" -le 2 ] || wrong "too many arguments"
    take_host "${words[0]}"
    image=$here/../build/xen-test-vm.xen
    # After `make install` the image is beside this script.
    [ ! -f "$here/xen-test-vm.xen" ] || image=$here/xen-test-vm.xen
    image=${words[1]-$image}
    arguments+=${testing:+${arguments:+ }testing=$testing}
    [ "$type" = pvh ] || [ "${#arguments}" -le "$arguments_max" ] ||
        wrong "a PV kernel gets at most $arguments_max bytes of command line"
}

option() {
    case $1 in
    --name)
        [ "$2" ] || wrong "the name is empty"
        name=$2 ;;
    --count)
        is_number 1 100 "$2" || wrong "--count takes 1 to 100, not \"$2\""
        count=$2 ;;
    --type)
        case $2 in
        pvh | pv | pv-in-pvh) type=$2 ;;
        *) wrong "--type takes pvh, pv or pv-in-pvh, not \"$2\"" ;;
        esac ;;
    --memory)
        is_number 1 1048576 "$2" ||
            wrong "--memory takes a number of MiB, not \"$2\""
        memory=$2 ;;
    --vcpus)
        is_number 1 32 "$2" || wrong "--vcpus takes 1 to 32, not \"$2\""
        vcpus=$2 ;;
    --testing) testing=$2 ;;
    --args) arguments=$2 ;;
    --template)
        [ "$2" ] || wrong "the template's name is empty"
        template=$2 ;;
    esac
}

# These files are copied to the hosts: the image, and vmctl. A name on the hosts
# has the version and the digest, so a file never changes.
copies=(image)
declare -A source=() size=() digest=() mode=() folder=() path=()

# read_file COPY FILE: sets source, size and digest.
read_file() {
    [ "$(head -c 4 -- "$2" | od -An -tx1)" = ' 7f 45 4c 46' ] ||
        die "\"$2\" is no $1: not an ELF file"
    source[$1]=$2
    size[$1]=$(wc -c <"$2") && digest[$1]=$(sha256sum <"$2") || exit 1
    digest[$1]=${digest[$1]%% *}
}

# Sets file, the image's name on the hosts. The version in that name comes from
# the image's ELF notes for Xen: guest OS, then guest version.
read_image() {
    local image_version
    [ -f "$image" ] ||
        die "no image \"$image\": build it first, with \`make\`"
    read_file image "$image"
    mode[image]=644
    image_version=$(tr -cs '[:print:]' '\n' <"$image" | awk '
        before == "xen-test-vm" && last == "Xen" && version == "" &&
            /^[0-9][0-9A-Za-z.-]*$/ { version = $0 }
        { before = last; last = $0 }
        END { print version == "" ? "unknown" : version }')
    file=xen-test-vm-$image_version-${digest[image]:0:16}.xen
}

read_vmctl() {
    local program=$here/../build/vmctl
    [ "$with_vmctl" ] || return 0
    # After `make install` it is a program of this machine.
    [ -f "$program" ] || program=$(command -v vmctl) ||
        die "no vmctl: build it first, with \`make\`"
    copies+=(vmctl)
    read_file vmctl "$program"
    mode[vmctl]=755
    folder[vmctl]=$tools
    path[vmctl]=$tools/vmctl-$version-${digest[vmctl]:0:16}
}

# --- looking -----------------------------------------------------------------

# allowed_in FOLDER AGE: whether this xapi boots a kernel from FOLDER. The
# kernel must be a regular file (allowed_dom0_directories_for_boot_files in
# xapi's xapi_xenops.ml). The ages, by version of xapi:
#   old     1.249 (XCP-ng 8.2)  /boot/guest; no PVH
#   middle  23.10 to 24.19      /boot/guest or /var/lib/xcp/guest
#   new     later               /var/lib/xcp/guest
# The sources between 1.249 and 23.10 were not read: refused.
# This script has to check, since xapi accepts any PV-kernel, and refuses it
# only when the VM starts: seen on xapi 26.17.
allowed_in() {
    case $1:$2 in
    /boot/guest:old | *:middle | /var/lib/xcp/guest:new) return 0 ;;
    *) return 1 ;;
    esac
}

# read_age UUID XAPI-VERSION: sets age, a word of allowed_in.
read_age() {
    local major minor
    [[ $2 =~ ^([0-9]+)\.([0-9]+)([.-]|$) ]] ||
        die "host $1: cannot read its version of xapi, \"$2\""
    major=$((10#${BASH_REMATCH[1]})) minor=$((10#${BASH_REMATCH[2]}))
    if ((major > 24 || (major == 24 && minor > 19))); then
        age=new
    elif ((major == 24 || (major == 23 && minor >= 10))); then
        age=middle
    elif ((major == 1 && minor == 249)); then
        age=old
    else
        die "host $1: xapi $2 is not known here: XCP-ng 8.2 has 1.249," \
            "XCP-ng 8.3 and XenServer 8 have 23.10 or later"
    fi
}

# Sets the folder and path of the image; refuses a host that cannot run the
# type.
look_at_hosts() {
    local uuid versions=() ages=() capabilities candidate one
    for uuid in "${hosts[@]}"; do
        host_parameter "$uuid" software-version xapi_build
        read_age "$uuid" "$answer"
        versions+=("$answer")
        ages+=("$age")
        [ "$type:$age" != pvh:old ] ||
            die "host $uuid: xapi $answer has no PVH; there are" \
                "--type pv and --type pv-in-pvh"
        host_parameter "$uuid" capabilities
        capabilities=$answer
        case $type:$capabilities in
        pv:*xen-3.0-x86_64*) ;;
        pvh:*hvm-3.0-* | pv-in-pvh:*hvm-3.0-*) ;;
        *) die "host $uuid cannot run type $type: it has $capabilities" ;;
        esac
    done
    for candidate in "${folders[@]}"; do
        folder[image]=$candidate
        for one in "${ages[@]}"; do
            allowed_in "$candidate" "$one" || folder[image]=''
        done
        [ -z "${folder[image]}" ] || break
    done
    [ "${folder[image]}" ] || die "no folder for kernels is allowed on all" \
        "hosts of the pool: they have xapi ${versions[*]}"
    path[image]=${folder[image]}/$file
}

# look_at_file SESSION COPY: sets has_folder and has_copy; refuses a file that
# is in the way.
declare -A has_folder=() has_copy=()
look_at_file() {
    local its_folder=${folder[$2]} its_path=${path[$2]}
    step="looking for the $2 in $its_folder"
    has_folder[$1:$2]='' has_copy[$1:$2]=''
    attempt "$1" test -d "$its_folder" || return 0
    has_folder[$1:$2]=yes
    attempt "$1" test -e "$its_path" -o -h "$its_path" || return 0
    attempt "$1" test -f "$its_path" -a ! -h "$its_path" ||
        die "${logins[$1]}: $its_path is no regular file"
    ask "$1" sha256sum -- "$its_path"
    [ "${answer%% *}" = "${digest[$2]}" ] ||
        die "${logins[$1]}: $its_path has not the digest of its name:" \
            "remove it first"
    has_copy[$1:$2]=yes
    say "${logins[$1]}: $its_path is there already"
}

# look_at_link SESSION: sets has_link to what the link to vmctl names; refuses
# something else in its place.
has_link=()
look_at_link() {
    local link=$tools/vmctl
    step="looking for $link"
    has_link[$1]=''
    attempt "$1" test -e "$link" -o -h "$link" || return 0
    attempt "$1" test -h "$link" ||
        die "${logins[$1]}: $link is not of install.sh: remove it first"
    ask "$1" readlink -- "$link"
    has_link[$1]=$answer
    is_plain "$answer" || die "${logins[$1]}: cannot read $link"
}

look_at_files() {
    local index copy
    for ((index = 0; index < sessions; index++)); do
        if [ "$type" = pv-in-pvh ]; then
            step="looking for $shim"
            attempt "$index" test -f "$shim" ||
                die "${logins[index]} cannot run type $type: no $shim"
        fi
        for copy in "${copies[@]}"; do
            look_at_file "$index" "$copy"
        done
        [ -z "$with_vmctl" ] || look_at_link "$index"
    done
}

# Sets template to a uuid.
look_at_template() {
    [ "$template" ] || return 0
    step="looking for the template (xe template-list)"
    if is_uuid "$template"; then
        ask 0 xe template-list "uuid=$template" params=uuid --minimal
    else
        ask 0 xe template-list "name-label=$template" params=uuid --minimal
    fi
    is_uuid "$answer" ||
        die "not one template is called \"$template\", but: ${answer:-none}"
    template=$answer
}

# Sets names, and vms: for each name the uuid of an existing VM, or nothing.
names=() vms=()
look_at_vms() {
    local number each vm
    for ((number = 1; number <= count; number++)); do
        each=$name
        [ "$count" -eq 1 ] || each=$name-$number
        step="looking for a VM called $each (xe vm-list)"
        ask 0 xe vm-list "name-label=$each" params=uuid --minimal
        vm=$answer
        [ -z "$vm" ] || look_at_vm "$vm" "$each"
        names+=("$each")
        vms+=("$vm")
    done
}

# look_at_vm UUID NAME: refuses an existing VM that cannot be used again.
looking=''              # if set, alter only counts the changes
look_at_vm() {
    is_uuid "$1" || die "more than one VM is called $2: choose another" \
        "--name, or run uninstall.sh"
    ask 0 xe vm-list "uuid=$1" "$mark" params=uuid --minimal
    [ "$answer" ] || die "a VM called $2 is there, which install.sh did not" \
        "make: choose another --name"
    looking=yes changes=0
    shape reused "$1"
    looking=''
    [ "$changes" -ne 0 ] || return 0
    step="asking whether $2 is halted (xe vm-param-get)"
    ask 0 xe vm-param-get "uuid=$1" param-name=power-state
    [ "$answer" = halted ] ||
        die "$2 has to be changed, and is $answer: shut it down first"
}

# --- the shape of a VM -------------------------------------------------------

# get HOW UUID NAME [KEY]: sets answer to the value of a parameter, in the form
# in which xe can set it again, and found. HOW is new or reused, as for shape; a
# new VM has no values yet. For xe, a key that is not in a map is an error, but
# an empty value is not. xe prints words for a dangling reference, and does not
# accept these words as a value (get_uuid_from_ref in xapi's records.ml). Of the
# parameters here only affinity is a reference.
get() {
    answer='' found=''
    [ "$1" = reused ] || return 0
    step="reading ${*:3} of $2 (xe vm-param-get)"
    if [ $# -eq 3 ]; then
        ask 0 xe vm-param-get "uuid=$2" "param-name=$3"
    elif ! attempt 0 xe vm-param-get "uuid=$2" "param-name=$3" \
        "param-key=$4"; then
        [[ $complaint == *'not found in map'* ]] || failed 0
        answer=''
        return
    fi
    found=yes
    [ "$3:$answer" != 'affinity:<not in database>' ] || answer=''
    is_plain "$answer" || die "${*:3} of $2 has a control character, so it" \
        "could not be restored with xe: change it first"
}

# alter HOW UUID UNDO COMMAND WORD...: make one change of a VM, or only count it
# while $looking is set. A new VM needs no UNDO: it is removed as a whole.
alter() {
    local undo=$3
    if [ "$looking" ]; then
        changes=$((changes + 1))
        return
    fi
    [ "$1" = reused ] || undo=''
    change 0 "$undo" xe "$4" "uuid=$2" "${@:5}"
}

# collect HOW UUID NAME VALUE: if a parameter, or a key of a map, has another
# value, add the new value to settings, and the command that restores the old
# one to undos.
collect() {
    local field=${3%%:*} key=''
    [ "$field" = "$3" ] || key=${3#*:}
    get "$1" "$2" "$field" ${key:+"$key"}
    [ "$1" = new ] || [ "$answer" != "$4" ] || return 0
    settings+=("$3=$4")
    if [ "$key" ] && [ -z "$found" ]; then
        # This fails if the key was never set, so its error is ignored.
        undos+="$(quote xe vm-param-remove "uuid=$2" "param-name=$field" \
            "param-key=$key") 2>/dev/null; "
    else
        undos+="$(quote xe vm-param-set "uuid=$2" "$3=$answer") || bad=1; "
    fi
}

# collect_type HOW UUID: when the domain type changes, xapi clears the boot
# policy of an HVM VM: undo has to restore it too.
collect_type() {
    collect "$1" "$2" domain-type "$type"
    [ "$answer" = hvm ] || return 0
    get "$1" "$2" HVM-boot-policy
    [ -z "$answer" ] || undos+="$(quote xe vm-param-set "uuid=$2" \
        "HVM-boot-policy=$answer") || bad=1; "
}

# flush HOW UUID WHAT: set all collected parameters. WHAT names them in
# messages.
flush() {
    if [ "${#settings[@]}" -ne 0 ]; then
        step="setting $3 (xe vm-param-set)"
        alter "$1" "$2" "bad=''; ${undos}test -z \"\$bad\"" \
            vm-param-set "${settings[@]}"
    fi
    settings=() undos=''
}

# xapi requires static-min <= dynamic-min <= dynamic-max <= static-max at all
# times, so all four are set at once. They are equal because a host without the
# licence for dynamic memory refuses other values, with "DMC disabled": seen on
# xapi 26.17. By its sources, only static-min may be less. Without the licence,
# limits that were set under it cannot be restored; then this script reports
# that undo failed.
set_memory() {
    local bytes=$((memory * 1048576)) limit same=yes old=()
    for limit in static-min dynamic-min dynamic-max static-max; do
        get "$1" "$2" "memory-$limit"
        old+=("$limit=$answer")
        [ "$answer" = "$bytes" ] || same=''
    done
    [ -z "$same" ] || return 0
    step='setting the memory limits (xe vm-memory-limits-set)'
    alter "$1" "$2" \
        "$(quote xe vm-memory-limits-set "uuid=$2" "${old[@]}")" \
        vm-memory-limits-set "static-min=$bytes" "dynamic-min=$bytes" \
        "dynamic-max=$bytes" "static-max=$bytes"
}

# xapi requires VCPUs-at-startup <= VCPUs-max at all times, so the order of the
# two changes matters. A new VM has the values of its template.
set_vcpus() {
    local first=VCPUs-max second=VCPUs-at-startup
    answer=1
    if [ "$1" = reused ] || [[ $template && $2 != UUID ]]; then
        get reused "$2" VCPUs-max
    fi
    [ "$answer" -le "$vcpus" ] || first=VCPUs-at-startup second=VCPUs-max
    collect "$1" "$2" "$first" "$vcpus"
    flush "$1" "$2" "$first"
    collect "$1" "$2" "$second" "$vcpus"
    flush "$1" "$2" "$second"
}

# shape HOW UUID: set all parameters of a VM; HOW is new or reused. A template
# may have set a boot loader. HVM-boot-policy must not be set: xapi would then
# reset the domain type.
settings=() undos=''
shape() {
    collect "$1" "$2" "${mark%%=*}" "${mark#*=}"
    collect "$1" "$2" PV-bootloader ''
    collect "$1" "$2" PV-ramdisk ''
    collect "$1" "$2" PV-kernel "${path[image]}"
    collect "$1" "$2" PV-args "$arguments"
    collect_type "$1" "$2"
    collect "$1" "$2" platform:pae true
    collect "$1" "$2" platform:nx true
    [ -z "$one_host" ] || collect "$1" "$2" affinity "${hosts[0]}"
    flush "$1" "$2" "mark, kernel, domain type and platform flags"
    set_memory "$1" "$2"
    set_vcpus "$1" "$2"
}

# --- changing ----------------------------------------------------------------

# copy_file SESSION COPY: copy a file under a temporary name, and link the final
# name when the copy is complete. The link fails if another install.sh was
# faster:
# 1. two of them see no file; 2. both copy; 3. one links; 4. the other must not
# remove the link of the first one. So undo removes the link only while it is
# the same file as our copy, or when we know that we made it.
copy_file() {
    local its_folder=${folder[$2]} its_path=${path[$2]}
    local copy=$its_folder/.xen-test-vm.$token
    [ -z "${has_copy[$1:$2]}" ] || return 0
    say "${logins[$1]}: copying the $2 to $its_path"
    if [ -z "${has_folder[$1:$2]}" ]; then
        step="making $its_folder"
        change "$1" "! test -d $its_folder || rmdir -- $its_folder" \
            mkdir -- "$its_folder"
    fi
    step="copying the $2 to $its_folder"
    if [ "$dry_run" ]; then
        printf '%s\n' "${logins[$1]}: cat >$its_path" >&2
        return
    fi
    touched[$1]=yes
    send "$1" undo "rm -f -- $copy"
    send "$1" feed "set -C && cat >$copy" "${size[$2]}"
    cat -- "${source[$2]}" 1>&"${inputs[$1]}" 2>/dev/null
    receive "$1" || failed "$1"
    step="verifying the copy of the $2 (sha256sum)"
    ask "$1" sha256sum -- "$copy"
    [ "${answer%% *}" = "${digest[$2]}" ] ||
        die "failed on ${logins[$1]}: the $2 came with a wrong digest"
    step="setting the mode of the $2"
    change "$1" '' chmod "${mode[$2]}" -- "$copy"
    step="naming the $2 $its_path"
    change "$1" "! test $copy -ef $its_path || rm -f -- $its_path" \
        ln -- "$copy" "$its_path"
    change "$1" "rm -f -- $its_path" rm -- "$copy"
}

# link_vmctl SESSION: let the name without a version stand for this vmctl.
link_vmctl() {
    local link=$tools/vmctl name=${path[vmctl]##*/} before=${has_link[$1]}
    [ "$before" != "$name" ] || return 0
    step="linking $link"
    change "$1" "$(if [ "$before" ]; then
        quote ln -sfn -- "$before" "$link"
    else
        quote rm -f -- "$link"
    fi)" ln -sfn -- "$name" "$link"
}

# make_vm NAME: creates a VM and sets vm. Until the VM is complete it has a
# unique temporary name. Undo finds it by that name if xe created the VM but its
# answer was lost.
make_vm() {
    local temporary="$1 (being installed, $token)" words destroy=vm-destroy
    say "${logins[0]}: creating the VM $1"
    if [ "$template" ]; then
        words=(vm-install "template=$template" "new-name-label=$temporary")
        # This also removes the disks that the template created.
        destroy='vm-uninstall force=true'
    else
        words=(vm-create "name-label=$temporary")
    fi
    step="creating the VM $1 (xe ${words[0]})"
    change 0 "list=\$($(quote xe vm-list "name-label=$temporary" \
        params=uuid --minimal)) &&
        for vm in \$(echo \"\$list\" | tr , ' '); do
            xe $destroy uuid=\$vm || exit
        done" xe "${words[@]}"
    vm=$answer
    if [ "$dry_run" ]; then
        vm=UUID
    else
        is_uuid "$vm" || die "failed on ${logins[0]}: $step: no uuid: \"$vm\""
    fi
    shape new "$vm"
    if [ -z "$dry_run" ]; then
        step='reading the domain type back (xe vm-param-get)'
        ask 0 xe vm-param-get "uuid=$vm" param-name=domain-type
        [ "$answer" = "$type" ] ||
            die "failed on ${logins[0]}: $step: it is $answer, not $type"
    fi
    step="naming the VM $1 (xe vm-param-set)"
    change 0 "list=\$(xe vm-list uuid=$vm params=uuid --minimal) &&
        { test -z \"\$list\" || xe $destroy uuid=$vm; }" \
        xe vm-param-set "uuid=$vm" "name-label=$1"
}

read_arguments "$@"
read_image
read_vmctl
open_pool
look_at_hosts
look_at_template
look_at_vms
open_others
look_at_files
for ((index = 0; index < sessions; index++)); do
    for copy in "${copies[@]}"; do
        copy_file "$index" "$copy"
    done
    [ -z "$with_vmctl" ] || link_vmctl "$index"
done
for ((index = 0; index < count; index++)); do
    if [ "${vms[index]}" ]; then
        say "${logins[0]}: the VM ${names[index]} is there already"
        shape reused "${vms[index]}"
    else
        make_vm "${names[index]}"
        vms[index]=$vm
    fi
done
keep_all
[ -z "$dry_run" ] || exit 0
say "installed; the image is ${path[image]}"
[ -z "$with_vmctl" ] || say "vmctl is $tools/vmctl"
printf '%s\n' "${vms[@]}" || {
    incomplete=yes
    die "could not print the uuids: ${vms[*]}"
}
