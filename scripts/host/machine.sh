# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # shared with host
#
# Part of scripts/host/host: what differs between the architectures. Each kind
# of machine has the same facts here, and a function that appends QEMU's
# arguments to `qemu`.

# Sets the facts about the machine of --arch: what Debian calls it; where its
# dynamic loader is and where that leads; the folders of libraries; kernel
# modules that only it needs; the programs that make and change its files; and
# where the script's output goes.
set_machine() {
    case $arch in
    x86)
        debian=amd64
        triplet=x86_64-linux-gnu
        loader=usr/lib64/ld-linux-x86-64.so.2
        loader_target=../lib/$triplet/ld-linux-x86-64.so.2
        machine_modules=(virtio_pci virtio_console)
        tools=
        emulator="qemu-system-x86_64"
        emulator_package="qemu-system-x86"
        script_output="port"
        : "${cpu_model:=qemu64,family=23,model=49,stepping=0,+svm,+npt,+rdrand}"
        ;;
    arm64)
        debian=arm64
        triplet=aarch64-linux-gnu
        loader=usr/lib/ld-linux-aarch64.so.1
        loader_target=$triplet/ld-linux-aarch64.so.1
        machine_modules=(virtio_mmio)
        tools=aarch64-linux-gnu-
        emulator="qemu-system-aarch64"
        emulator_package="qemu-system-arm"
        # Linux of Debian 13 has no virtio_console for this machine.
        script_output="file"
        : "${cpu_model:=cortex-a57}"
        ;;
    esac
    library_folders=("${loader%/*}" "usr/lib/$triplet")
}

# check_machine: refuse what only x86 has.
check_machine() {
    [ "$arch" != x86 ] || return 0
    [[ $release =~ ^(bookworm|trixie)$ ]] ||
        wrong_usage "$release has no host for $arch"
    [ -z "$own_xen" ] || wrong_usage "--xen is for x86"
    [ -z "$pool" ] || wrong_usage "--pool is for x86"
    [ "$command" != shell ] || wrong_usage "shell is for x86"
}

# Options for Linux that save time on every emulated machine: QEMU translates
# code again for each address at which it runs, and protection against other
# users of the machine is useless here. All options together save more than a
# third of the boot.
linux_arguments="console=hvc0 rdinit=/init panic=-1 rodata=off norandmaps \
mitigations=off init_on_alloc=0 apparmor=0 psi=0"

# add_x86 XEN_ARGUMENTS
# shellcheck disable=SC2054 # the commas are QEMU's
add_x86() {
    local xen="console=com1 com1=115200,8n1 edd=off edid=no spec-ctrl=no $1"
    qemu+=(
        -machine pc -kernel "$image/xen" -append "$xen"
        -initrd "$image/linux $linux_arguments swiotlb=2048 noreplace-smp,\
$work/dom0.cpio"
        -device virtio-9p-pci,fsdev=share,mount_tag=host
        -device isa-debug-exit,iobase=0x501
    )
}

# add_arm64 XEN_ARGUMENTS: the guest loader of QEMU puts dom0's kernel and
# ramdisk into memory and tells Xen where. Xen is at 2 MiB of RAM, which begins
# at 1 GiB, and the device tree at 128 MiB: what follows is above both.
# shellcheck disable=SC2054 # the commas are QEMU's
add_arm64() {
    qemu+=(
        -machine virt,gic-version=3,virtualization=on
        -kernel "$image/xen"
        -append "console=dtuart dtuart=/pl011@9000000 $1"
        -device "guest-loader,addr=0x4a000000,kernel=$image/linux,\
bootargs=$linux_arguments"
        -device "guest-loader,addr=0x50000000,initrd=$work/dom0.cpio"
        -device virtio-9p-device,fsdev=share,mount_tag=host
    )
}
