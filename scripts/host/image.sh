# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # host and releases/ set the rest
#
# Part of scripts/host/host: assembles what the emulated machine boots (the
# hypervisor, dom0's kernel and dom0's files) from the packages of a release. It
# never installs a package, and runs no program from a package but busybox.

# Programs from xen-utils; dom0 finds all of them in /usr/sbin.
xen_commands=(
    xl xenstored oxenstored xenconsoled xenconsole xen-init-dom0
    libxl-save-helper xenstore-control xenctx lsevtchn xentop xentrace
)

# Kernel modules: those for the boot, then the backends of disks and networks.
modules=(
    xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs
    virtio_pci virtio_console 9pnet_virtio 9p
    loop xen-blkback xen-netback bridge
)

# The dynamic loader is in the first folder, all libraries are in the second.
library_folders=(usr/lib64 usr/lib/x86_64-linux-gnu)

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
    ln -sf ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$root/usr/lib64/"
}

# extract_kernel IMAGE: print the ELF file inside a Linux bzImage. On the
# emulated machine Xen would need seconds to decompress it.
extract_kernel() {
    local image=$1 sectors offset length
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
    strip --strip-debug "$to/$name.ko"
}

# copy_libraries ROOT IMAGE PROGRAM...: copy the libraries that the programs
# need, and the libraries that these need.
copy_libraries() {
    local root=$1 image=$2 file name folder found
    shift 2
    for file; do
        for name in $(readelf -d "$file" |
            sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
            found=
            for folder in "${library_folders[@]}"; do
                [ -e "$root/$folder/$name" ] || continue
                found=$folder/$name
                break
            done
            [ -n "$found" ] ||
                fail "no package has $name, which ${file##*/} needs:\
 add one to releases/$release"
            [ ! -e "$image/$found" ] || continue
            mkdir -p "$image/$folder"
            cp -L "$root/$found" "$image/$found"
            copy_libraries "$root" "$image" "$root/$found"
        done
    done
}

copy_programs() {
    local root=$1 image=$2 binaries=usr/lib/xen-$xen_version/bin name
    local programs=()
    "$root/bin/busybox" --list | while read -r name; do
        ln -s busybox "$image/usr/bin/$name"
    done
    # "busybox" is one of these names: replace the link by the program.
    cp --remove-destination "$root/bin/busybox" "$image/usr/bin/busybox"
    # In Xen 4.14 /usr/bin has the program itself; later releases have a wrapper
    # there.
    if [ ! -e "$root/$binaries/xenstore-control" ]; then
        mv "$root/usr/bin/xenstore-control" "$root/$binaries/"
    fi
    mkdir -p "$image/$binaries"
    for name in "${xen_commands[@]}"; do
        cp "$root/$binaries/$name" "$image/$binaries/"
        ln -s "/$binaries/$name" "$image/usr/sbin/$name"
        programs+=("$root/$binaries/$name")
    done
    # One program with many names. xenstore-control is a separate one, which
    # needs more of Xen's libraries.
    cp -d "$root"/usr/bin/xenstore* "$image/usr/bin/"
    rm -f "$image/usr/bin/xenstore-control"
    # In all releases xenalyze is here.
    cp "$root/usr/bin/xenalyze" "$image/usr/bin/"
    programs+=("$root"/usr/bin/{xenalyze,xenstore}
        "${more_programs[@]/#/$root/}")
    copy_libraries "$root" "$image" "${programs[@]}"
    # The C library opens it by name when a thread of xl is cancelled; without
    # it xl aborts.
    cp -L "$root/usr/lib/x86_64-linux-gnu/libgcc_s.so.1" \
        "$image/usr/lib/x86_64-linux-gnu/"
}

# assemble_image FOLDER: write into it everything that depends only on the
# packages.
assemble_image() {
    local result=$1 root=$1/root image=$1/image folder name version
    say "assembling Debian $release's dom0"
    unpack_packages "$root"
    mkdir -p "$image"/usr/{bin,sbin,lib,lib64} \
        "$image"/{dev,proc,sys,tmp,run,host,input,output,etc/xen,var/log,root}
    for folder in bin sbin lib lib64; do
        ln -s "usr/$folder" "$image/$folder"
    done
    ln -s ../run "$image/var/run"
    ln -s ../run/lock "$image/var/lock"
    mkdir -p "$image/var/lib/xen/dump" "$image/var/lib/xenstored"
    copy_programs "$root" "$image"
    # The shim is mostly zeros; xl accepts it compressed.
    mkdir -p "$image/usr/lib/xen-$xen_version/boot"
    gzip -9 <"$root/usr/lib/xen-$xen_version/boot/xen-shim" \
        >"$image/usr/lib/xen-$xen_version/boot/xen-shim"
    cp "$root/etc/xen/"*.conf "$image/etc/xen/"
    for name in "${more_programs[@]}" "${more_files[@]}"; do
        mkdir -p "$image/${name%/*}"
        cp -r "$root/$name" "$image/${name%/*}/"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\n' >"$image/etc/passwd"

    version=$(basename "$root"/usr/lib/modules/*)
    mkdir -p "$image/usr/lib/modules/$version"
    for name in "${modules[@]}"; do
        copy_module "$name" "$root/usr/lib/modules/$version" \
            "$image/usr/lib/modules/$version"
    done
    "$root/bin/busybox" depmod -b "$image" "$version"

    gzip -dc "$root/boot/xen-$xen_version-amd64.gz" >"$result/xen"
    extract_kernel "$root/boot/vmlinuz-$version" >"$result/linux"
    pack "$image" >"$result/dom0.cpio"
    mkdir "$result/development"
    cp -r "$root/usr/include" "$result/development/"
    mkdir "$result/development/lib"
    cp "$root"/usr/lib/x86_64-linux-gnu/libxen*.a "$result/development/lib/"
    rm -rf "$root" "$image"
}

# pack FOLDER: print it as a cpio archive in which root owns everything.
pack() {
    (cd "$1" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0)
}
