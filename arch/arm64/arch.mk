# SPDX-License-Identifier: MIT
# What the Makefile has to know about arm64; see arch/x86/arch.mk.

machine_files = clock entry hypercall memory start string traps tree vcpus

# Each atomic operation is its instructions, not a call of a library that asks
# what the CPU can do. armv8-a has no load that is weaker than LDAR, on which
# docs/ordering.md relies.
#
# The image is smaller than 1 MiB: one instruction makes an address.
machine_c_flags = -mno-outline-atomics -mcmodel=tiny
machine_flags = -march=armv8-a
machine_link_flags = $(if $(findstring clang,$(TARGET_CC)),,-no-pie)

suffix = -arm64
CROSS_COMPILE ?= aarch64-linux-gnu-
TARGET_CC     ?= $(if $(findstring clang,$(CC)),$(CC) \
	--target=aarch64-linux-gnu,$(CROSS_COMPILE)gcc)
TARGET_STRIP  ?= $(CROSS_COMPILE)strip

# Xen's domain builder takes the ELF file of no 64-bit Arm guest, but an image
# in Linux's form, which is all bytes of memory, from the first on.
make_image = $(CROSS_COMPILE)objcopy -O binary

# For the functions of lib/string.h. A compiler that sees them together with
# their callers loses them, and one that knows what such loops do makes them
# call themselves.
machine_string_flags = $(if $(findstring clang,$(TARGET_CC)),,-O2 -fno-lto \
	-fno-tree-loop-distribute-patterns)
