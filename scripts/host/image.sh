# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # host and releases/ set the rest
#
# Part of scripts/host/host: assembles what the emulated machine boots (the
# hypervisor, dom0's kernel and dom0's files) from the packages of a release. It
# never installs a package, and runs no program from a package but busybox.

# Xen's programs; dom0 finds all of them in /usr/sbin. A Xen that was built
# elsewhere may lack the optional ones, and so may one for arm64.
xen_programs=(
    xl xenstore xenconsoled xenconsole xen-init-dom0 libxl-save-helper
)
optional_programs=(
    xenstored oxenstored xenstore-control xenctx lsevtchn xentop xentrace
    xenalyze
)

# One program with many names: what it does depends on its name.
xenstore_names=(chmod exists list ls read rm watch write)

# Kernel modules: those for the boot, without the machine's own; then the
# backends of disks and networks, and the network of a pool.
modules=(
    xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs
    9pnet_virtio 9p
    loop xen-blkback xen-netback bridge
    virtio_net
)

# unpack_packages ROOT: unpack every package into one tree with a merged /usr.
unpack_packages() {
    local root=$1 folder hash file
    mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
    for folder in bin sbin lib lib64; do
        ln -s "usr/$folder" "$root/$folder"
    done
    while read -r hash file; do
        : "$hash"
        # Documentation and unneeded modules are most of the bytes: skip them.
        dpkg-deb --fsys-tarfile "$cache/archives/$file" |
            tar -x -C "$root" --keep-directory-symlink --no-same-owner \
                --exclude './usr/share/[!l]*' --exclude './usr/share/l[!i]*' \
                --exclude '*/drivers/gpu/*' \
                --exclude '*/sound/*' --exclude '*/drivers/media/*'
    done <"$cache/packages"
    # Some releases have an absolute link, which would lead out of $root here.
    ln -sf "$loader_target" "$root/$loader"
}

# extract_kernel IMAGE: print the ELF file inside a Linux bzImage. On the
# emulated machine Xen would need seconds to decompress it. Linux for arm64 is
# as it runs.
extract_kernel() {
    local image=$1 sectors offset length
    [ "$arch" = x86 ] || { decompress <"$image"; return; }
    sectors=$(od -A n -t u1 -j 497 -N 1 "$image")
    read -r offset length < <(od -A n -t u4 -j 584 -N 8 "$image")
    offset=$(((sectors + 1) * 512 + offset))
    # The payload's last four bytes are its uncompressed size.
    dd if="$image" bs=1M iflag=skip_bytes,count_bytes skip="$offset" \
        count="$((length - 4))" status=none | decompress
}

decompress() {
    local head
    # Bash drops NUL bytes, so the start is read as hexadecimal.
    head=$(mktemp)
    cat >"$head"
    case $(od -A n -t x1 -N 4 "$head" | tr -d ' ') in
    fd377a58) xz -dc "$head" ;;
    28b52ffd) zstd -qdc "$head" ;;
    1f8b*) gzip -dc "$head" ;;
    *) cat "$head" ;;
    esac
    rm "$head"
}

# copy_module NAME FROM TO: copy a module, and the modules that it depends on.
copy_module() {
    local name=$1 from=$2 to=$3 file needed
    file=$(find "$from" -name "$name.ko*" -o -name "${name//-/_}.ko*" \
        -o -name "${name//_/-}.ko*")
    [ -n "$file" ] || return 0
    [ ! -e "$to/$name.ko" ] || return 0
    decompress <"$file" >"$to/$name.ko"
    for needed in $(tr '\0' '\n' <"$to/$name.ko" |
        sed -n 's/^depends=//p' | tr ',' ' '); do
        copy_module "$needed" "$from" "$to"
    done
    # Half of a module is debugging symbols, which nothing here reads.
    "${tools}strip" --strip-debug "$to/$name.ko"
}

# is_elf FILE: Debian has scripts with the same names as Xen's programs.
is_elf() {
    [ "$(od -A n -t x1 -N 4 "$1" | tr -d ' ')" = 7f454c46 ]
}

# find_program ROOT NAME: print where in ROOT the program is.
find_program() {
    local root=$1 name=$2 path
    while read -r path; do
        if is_elf "$root/$path"; then
            echo "$path"
            return
        fi
    done < <(find "$root" -type f -name "$name" ! -path '*/debug/*' \
        -printf '%P\n' | sort)
    return 1
}

# find_library ROOT NAME: print where in ROOT the library is.
find_library() {
    local folder
    for folder in "${library_folders[@]}"; do
        if [ -e "$1/$folder/$2" ]; then
            echo "$folder/$2"
            return
        fi
    done
    [ -n "$own_xen" ] && machine_library "$1" "$2"
}

# copy_libraries ROOT IMAGE PROGRAM...: copy the libraries that the programs
# need, and the libraries that these need.
copy_libraries() {
    local root=$1 image=$2 file name found
    shift 2
    for file; do
        for name in $(readelf -d "$file" |
            sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
            found=$(find_library "$root" "$name") || no_library "$name" "$file"
            [ ! -e "$image/$found" ] || continue
            mkdir -p "$image/${found%/*}"
            cp -L "$root/$found" "$image/$found"
            copy_libraries "$root" "$image" "$root/$found"
        done
    done
}

no_library() {
    [ -z "$own_xen" ] ||
        fail "neither $own_xen nor this machine has $1, which ${2##*/} needs"
    fail "no package has $1, which ${2##*/} needs: add one to releases/$release"
}

# copy_program ROOT IMAGE NAME: copy it to its own path, since Xen's programs
# start each other by paths that were compiled in. Appends it to `programs`.
copy_program() {
    local root=$1 image=$2 name=$3 path
    path=$(find_program "$root" "$name") || return
    mkdir -p "$image/${path%/*}"
    cp "$root/$path" "$image/$path"
    programs+=("$root/$path")
    [ "$path" = "usr/sbin/$name" ] || ln -s "/$path" "$image/usr/sbin/$name"
}

# lacks NAME: only a Xen that was built elsewhere or for arm64 may lack it. Each
# host that boots the image says so if it is your own Xen.
lacks() {
    [ -n "$own_xen" ] || [ "$arch" != x86 ] || fail "there is no $1"
    printf ' %s' "$1" >>"$result/lacks"
}

# copy_shim ROOT IMAGE: the shim is mostly zeros; xl accepts it compressed.
copy_shim() {
    local root=$1 image=$2 path
    path=$(find "$root" -type f -name xen-shim -printf '%P\n' -quit)
    [ -n "$path" ] || { lacks xen-shim; return; }
    mkdir -p "$image/${path%/*}"
    gzip -9 <"$root/$path" >"$image/$path"
}

# from_package PROGRAM ARGUMENT...: run a static program of a package.
from_package() {
    if [ "$arch" = x86 ]; then
        "$@"
    else
        need qemu-aarch64-static qemu-user-static
        qemu-aarch64-static "$@"
    fi
}

copy_programs() {
    local root=$1 image=$2 name
    local programs=("${more_programs[@]/#/$root/}")
    from_package "$root/bin/busybox" --list | while read -r name; do
        ln -s busybox "$image/usr/bin/$name"
    done
    # "busybox" is one of these names: replace the link by the program.
    cp --remove-destination "$root/bin/busybox" "$image/usr/bin/busybox"
    for name in "${xen_programs[@]}"; do
        copy_program "$root" "$image" "$name" || fail "there is no $name"
    done
    for name in "${optional_programs[@]}"; do
        copy_program "$root" "$image" "$name" || lacks "$name"
    done
    for name in "${xenstore_names[@]}"; do
        ln -s xenstore "$image/usr/sbin/xenstore-$name"
    done
    copy_libraries "$root" "$image" "${programs[@]}"
    # The C library opens it by name when a thread of xl is cancelled; without
    # it xl aborts.
    name=$(find_library "$root" libgcc_s.so.1)
    cp -L "$root/$name" "$image/$name"
}

# find_linux ROOT VERSION: print the path of the kernel. Debian's Linux 7 is
# beside its modules.
find_linux() {
    local file
    for file in "$1/boot/vmlinuz-$2" "$1/usr/lib/modules/$2/vmlinuz"; do
        [ ! -e "$file" ] || echo "$file"
    done
}

# find_hypervisor ROOT: print the path of the file, which may be compressed.
find_hypervisor() {
    if [ -n "$hypervisor" ]; then
        echo "$hypervisor"
    elif [ -n "$own_xen" ]; then
        echo "$1/boot/xen.gz"
    else
        find "$1/boot" -name "xen-$xen_version-$debian*" ! -name '*.efi' \
            ! -name '*.config'
    fi
}

# assemble_image FOLDER: write into it everything that depends only on the
# packages.
assemble_image() {
    local result=$1 root=$1/root image=$1/image folder name version
    say "assembling Debian $release's dom0${own_xen:+ with Xen of $own_xen}"
    unpack_packages "$root"
    [ -z "$own_xen" ] || lay_own_xen "$root"
    mkdir -p "$image"/usr/{bin,sbin,lib,lib64} \
        "$image"/{dev,proc,sys,tmp,run,host,input,output,etc/xen,var/log,root}
    for folder in bin sbin lib lib64; do
        ln -s "usr/$folder" "$image/$folder"
    done
    ln -s ../run "$image/var/run"
    ln -s ../run/lock "$image/var/lock"
    mkdir -p "$image/var/lib/xen/dump" "$image/var/lib/xenstored"
    copy_programs "$root" "$image"
    # Only x86 has guests that need the shim.
    [ "$arch" != x86 ] || copy_shim "$root" "$image"
    cp "$root/etc/xen/"*.conf "$image/etc/xen/"
    for name in "${more_programs[@]}" "${more_files[@]}"; do
        mkdir -p "$image/${name%/*}"
        cp -r "$root/$name" "$image/${name%/*}/"
    done
    # Only the release with other clients has an sshd, which wants a user.
    printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' \
        'sshd:x:1:1:sshd:/run/sshd:/bin/false' >"$image/etc/passwd"

    version=$(basename "$root"/usr/lib/modules/*)
    mkdir -p "$image/usr/lib/modules/$version"
    for name in "${machine_modules[@]}" "${modules[@]}"; do
        copy_module "$name" "$root/usr/lib/modules/$version" \
            "$image/usr/lib/modules/$version"
    done
    from_package "$root/bin/busybox" depmod -b "$image" "$version"

    decompress <"$(find_hypervisor "$root")" >"$result/xen"
    extract_kernel "$(find_linux "$root" "$version")" >"$result/linux"
    pack "$image" >"$result/dom0.cpio"
    mkdir -p "$result/development/lib"
    name=$(find "$root" -name xenctrl.h -printf '%h\n' -quit)
    cp -r "$name" "$result/development/include"
    find "$root" -name 'libxen*.a' -exec cp -t "$result/development/lib" {} +
    rm -rf "$root" "$image"
}

# pack FOLDER: print it as a cpio archive in which root owns everything.
pack() {
    (cd "$1" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0)
}
