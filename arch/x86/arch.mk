# SPDX-License-Identifier: MIT
# What the Makefile has to know about x86: the other machines have the same
# variables.

# One word for each file of arch/x86/.
machine_files = clock entry_pv entry_pvh hypercall notes pv pv_p2m pv_protect \
	pv_spare pvh pvh_spare pvh_start pvh_traps start string \
	traps traps_entry

# For C, and for C and assembly. gcc would align large constants to 32 bytes,
# which is only for speed. No argument is in a vector register, so callers need
# not say how many are.
machine_c_flags = -mno-red-zone $(if $(findstring clang,$(TARGET_CC)),,\
	-malign-data=abi -mskip-rax-setup)
machine_flags = -m64 -fcf-protection=none
machine_link_flags = -no-pie
machine_string_flags = # more flags for lib/string.h's functions

# The files of this machine have no word of their own in their names.
suffix =
TARGET_CC    ?= $(CC)
TARGET_STRIP ?= $(STRIP)

# The command that makes the image of the linked kernel.
make_image = STRIP='$(TARGET_STRIP)' tools/build/make-image
