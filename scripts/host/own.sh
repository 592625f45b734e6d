# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # shared with host
#
# Part of scripts/host/host: a Xen that was built elsewhere. It is in a folder
# laid out like dist/install of Xen's source: the hypervisor in boot/, and tools
# and store daemons at the paths that were compiled into them. It takes the
# place of the release's Xen and of all libraries; Linux and busybox stay.

# check_own_xen: refuse a folder that lacks what a host needs.
check_own_xen() {
    local name
    [ -d "$own_xen" ] || wrong_usage "$own_xen is no folder"
    own_xen=$(readlink -f -- "$own_xen")
    [ -n "$hypervisor" ] || [ -e "$own_xen/boot/xen.gz" ] ||
        wrong_usage "$own_xen has no boot/xen.gz"
    for name in "${xen_programs[@]}" "$store"; do
        find_program "$own_xen" "$name" >/dev/null ||
            wrong_usage "$own_xen has no $name"
    done
    for name in xenctrl.h libxenctrl.a libxenguest.a libxenstore.a; do
        [ "$(find "$own_xen" -name $name -print -quit)" ] ||
            wrong_usage "$own_xen has no $name, which the helpers need"
    done
}

# Print what tells one build from another: its files, their sizes and times.
list_own_xen() {
    [ -z "$own_xen" ] ||
        find "$own_xen" ! -type d -printf '%P %s %T@ %l\n' | sort
}

# lay_own_xen ROOT: put the build in the place of the release's Xen. The
# libraries come from the build, or from this machine, where it was made.
lay_own_xen() {
    local root=$1 libraries=$1/usr/lib/x86_64-linux-gnu file
    rm -rf "$root"/boot/xen* "$root"/etc/xen "$root"/usr/include \
        "$root"/usr/lib/xen-* "$root"/usr/{bin,sbin}/{xl,xen*} \
        "$libraries" "$root"/usr/lib64/*
    mkdir "$libraries"
    tar -C "$own_xen" -c --exclude ./usr/lib/debug --exclude ./boot/efi \
        --exclude '*/share/doc' --exclude '*/share/man' . |
        tar -x -C "$root" --keep-directory-symlink --no-same-owner
    # Nothing in dom0 knows the folders of the build's libraries.
    while read -r file; do
        [ ! -e "$file" ] || cp -L --remove-destination "$file" "$libraries/"
    done < <(find "$root" -name 'lib*.so.*' ! -path "$libraries/*")
    # A link there may be absolute, and lead out of $root here.
    file=$libraries/ld-linux-x86-64.so.2
    [ ! -e "$file" ] ||
        cp -L --remove-destination "$file" "$root/usr/lib64/"
    # oxenstored loads its plugin from here.
    mapfile -t more_files < <(find "$root" -type d -path '*/ocaml/xsd_glue' \
        -printf '%P\n')
    more_programs=()
}

# machine_library ROOT NAME: copy a library of this machine to ROOT, and print
# where it is there.
machine_library() {
    local root=$1 name=$2 file folder=usr/lib/x86_64-linux-gnu
    file=$(/sbin/ldconfig -p | awk -v name="$name" \
        '$1 == name && /x86-64/ { print $NF; exit }')
    [ -n "$file" ] || return
    [[ $name != ld-linux* ]] || folder=usr/lib64
    mkdir -p "$root/$folder"
    cp -L "$file" "$root/$folder/$name"
    echo "$folder/$name"
}
