# SPDX-License-Identifier: MIT
# xen-test-vm: `make help` lists the targets. All output goes to build/.

VERSION = 0.1.0

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

BUILD ?= build

# --- tools and headers of the system ----------------------------------------

CC           ?= gcc
ifeq ($(origin CC),default)
CC           := gcc
endif
STRIP        ?= strip
XEN_INCLUDE  ?= /usr/include
JSMN_INCLUDE ?= /usr/include

# --- the machine -------------------------------------------------------------

# The machine that the image and vmctl are built for: a folder below arch/.
# TARGET_CC builds these two, and CC builds everything that runs here, such as
# unit tests.
ifneq ($(origin ARCH),command line)
# Whoever builds Linux has a variable of this name.
ARCH := x86
endif
ifeq ($(wildcard arch/$(ARCH)/arch.mk),)
$(error ARCH is $(ARCH), but must be one of: $(patsubst arch/%/arch.mk,%,\
	$(wildcard arch/*/arch.mk)))
endif
include arch/$(ARCH)/arch.mk

# --- the sources of the image: one word for each file -----------------------

lib     = error ethernet format json json_text log ring text
drivers = blkfront console evtchn front_ring grant lend netfront \
	$(xenbus) xenstore
xenbus  = xenbus xenbus_backend xenbus_state xenbus_store
attacks = attack_channels attack_console attack_device attack_disk \
	attack_grants attack_net attack_store
decide  = action answer command control decision language operands steps
kernel  = attack $(attacks) balloon balloon_store batch busy clock devices \
	dirty disk disk_lines flood hypercall inbox main nodes options panic \
	pattern perform publish report self_test storm suspend transmit vcpus \
	work

portable_sources = $(lib:%=lib/%.c) $(drivers:%=drivers/%.c) \
	$(decide:%=decide/%.c) $(kernel:%=kernel/%.c)
machine_sources = arch/common.c $(foreach name,$(machine_files), \
	$(wildcard arch/$(ARCH)/$(name).[cS]))
objects = $(BUILD)/image$(suffix)
image_objects = $(patsubst %,$(objects)/%.o, \
	$(portable_sources) $(machine_sources))

image   = $(BUILD)/xen-test-vm$(suffix).xen
vmctl   = $(BUILD)/vmctl$(suffix)
# These are made by a vmctl that runs here.
completions = $(if $(suffix),,$(BUILD)/completion/vmctl \
	$(BUILD)/completion/_vmctl)
symbols = $(BUILD)/xen-test-vm$(suffix).elf
linker_script = $(objects)/linker.ld
flags         = $(objects)/flags

# --- flags ------------------------------------------------------------------

warnings = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wpointer-arith -Wcast-qual -Wvla \
	-Wwrite-strings -Wformat=2 -Werror
# The commit, with a + if files differ from it. The files that show it are
# compiled again when it changes.
ifndef COMMIT
COMMIT := $(or $(shell git describe --always --abbrev=12 --dirty=+ \
	--exclude='*' 2>/dev/null),unknown)
endif
shows_commit = decide/language.c tests/unit/kernel.c vmctl/arguments.c

version_part = -DXEN_TEST_VM_$(1)='"$(word $(2),$(subst ., ,$(VERSION)))"'
definitions = -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__ \
	-DXEN_TEST_VM_VERSION='"$(VERSION)"' \
	-DXEN_TEST_VM_COMMIT='"$(COMMIT)"' \
	$(call version_part,MAJOR,1) $(call version_part,MINOR,2) \
	$(call version_part,MICRO,3)
includes = -I. -isystem $(BUILD)/include

compiler_include = $(shell $(TARGET_CC) -print-file-name=include)

# Debugging information names the folder of the sources. With this option that
# name is the same on every machine.
same_places = '-ffile-prefix-map=$(CURDIR)=.'

# With -flto gcc sees all files at once, which makes the image a tenth smaller;
# clang would need its own linker for that. The image would be larger if gcc
# inlined functions that are called once, split functions, or moved code.
whole = $(if $(findstring clang,$(TARGET_CC)),,-flto -flto-partition=none \
	-fno-inline-functions-called-once -fno-partial-inlining \
	-fno-shrink-wrap -fno-tree-loop-im -fno-move-loop-invariants \
	-fno-code-hoisting -fno-tree-dominator-opts -fmerge-all-constants)

image_flags = -std=c11 -Oz $(whole) -g -ffreestanding -nostdinc \
	-isystem $(compiler_include) $(machine_flags) $(machine_c_flags) \
	-mgeneral-regs-only -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fno-common \
	-ffunction-sections -fdata-sections $(warnings) $(definitions) \
	$(includes) $(same_places)
assembly_flags = $(machine_flags) -g -nostdinc -D__ASSEMBLY__ \
	$(definitions) $(includes) $(same_places)
link_flags = -nostdlib -static $(machine_link_flags) -Wl,--build-id=none \
	-Wl,--gc-sections -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
	-Wl,--orphan-handling=error -Wl,-T,$(linker_script)

instruments = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
host_flags = -std=c11 -g -DASSERTIONS $(instruments) $(warnings) \
	$(definitions) $(includes)

# clang's check for unsigned numbers that wrap, for our own code only, not for
# tests.
finds_wraps = $(if $(filter lib/% drivers/% decide/% kernel/%,$<), \
	-fsanitize=unsigned-integer-overflow)

# Print one short line for each command; `make V=1` prints the commands.
quiet = $(if $(V),,@printf '  %-5s %s\n' $(1) $(2);)

.PHONY: all
all: $(image) $(vmctl) $(completions) ## build the image and vmctl (ARCH=arm64)

kinds = image$(suffix) dom0$(suffix) host fuzz
$(foreach kind,$(kinds),$(shows_commit:%=$(BUILD)/$(kind)/%.o)): \
    $(BUILD)/commit

$(BUILD)/commit: export stamp = $(COMMIT)
# All flags, without the commit. When they change, everything is compiled again.
$(flags): export stamp = $(subst $(COMMIT),,$(CC) $(TARGET_CC) $(image_flags) \
	$(assembly_flags) $(link_flags) $(vmctl_flags) $(host_flags) \
	$(FUZZ_CC) $(fuzz_flags))
$(BUILD)/commit $(flags): FORCE
	@mkdir -p $(@D)
	@echo "$$stamp" | cmp -s - $@ || echo "$$stamp" >$@

FORCE:

$(image): $(symbols) tools/build/make-image
	$(call quiet,IMAGE,$@)$(make_image) $< $@
	@printf '%s: %s bytes\n' $@ "$$(wc -c <$@)"

# The preprocessor gives it the addresses of the machine's header.
$(linker_script): arch/$(ARCH)/linker.ld $(wildcard arch/$(ARCH)/early.ld) \
		arch/$(ARCH)/$(ARCH).h $(flags)
	@mkdir -p $(@D)
	$(call quiet,CPP,$<)$(TARGET_CC) $(assembly_flags) -E -P -x c -o $@ $<

$(symbols): $(image_objects) $(linker_script)
	$(call quiet,LINK,$@)$(TARGET_CC) $(if $(whole),$(image_flags)) \
	    $(machine_flags) $(link_flags) -o $@ $(image_objects)

$(objects)/arch/$(ARCH)/string.c.o: private image_flags += \
	$(machine_string_flags)
$(objects)/%.c.o: %.c $(BUILD)/include/ready $(flags)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(TARGET_CC) $(image_flags) -MMD -MP -c -o $@ $<

$(objects)/%.S.o: %.S $(BUILD)/include/ready $(flags)
	@mkdir -p $(@D)
	$(call quiet,AS,$<)$(TARGET_CC) $(assembly_flags) -MMD -MP -c -o $@ $<

# The tool for dom0. It is linked statically, for a dom0 of any age. It reads
# commands as the VM does, with the same code.
vmctl_sources = $(sort $(wildcard vmctl/*.c)) \
	lib/error.c lib/ethernet.c lib/format.c lib/json.c lib/json_text.c \
	lib/text.c decide/action.c decide/command.c decide/language.c \
	decide/operands.c
vmctl_flags = -std=c11 -D_GNU_SOURCE -O2 -g -ffunction-sections \
	-fdata-sections $(warnings) $(definitions) $(includes) $(same_places)

$(BUILD)/completion/vmctl: $(vmctl)
	@mkdir -p $(@D)
	@$(vmctl) completion bash >$@

$(BUILD)/completion/_vmctl: $(vmctl)
	@mkdir -p $(@D)
	@$(vmctl) completion zsh >$@

$(vmctl): $(vmctl_sources:%=$(BUILD)/dom0$(suffix)/%.o)
	$(call quiet,LINK,$@)$(TARGET_CC) -static -Wl,--gc-sections \
	    -Wl,--build-id=none -o $@ $^
	@$(TARGET_STRIP) $@

$(BUILD)/dom0$(suffix)/%.c.o: %.c $(BUILD)/include/ready $(flags)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(TARGET_CC) $(vmctl_flags) -MMD -MP -c -o $@ $<

# The same with sanitizers, for its tests.
$(BUILD)/vmctl-tested: $(vmctl_sources:%=$(BUILD)/host/%.o)
	$(call quiet,LINK,$@)$(CC) $(host_flags) -o $@ $^

$(BUILD)/host/vmctl/%: host_flags += -D_GNU_SOURCE

# Keep the C library's headers out: besides the project and its own freestanding
# headers, the compiler sees only this folder.
$(BUILD)/include/ready:
	@test -e $(XEN_INCLUDE)/xen/xen.h || { echo "xen/xen.h is missing:" \
	    "install libxen-dev, or say XEN_INCLUDE=folder" >&2; exit 1; }
	@test -e $(JSMN_INCLUDE)/jsmn.h || { echo "jsmn.h is missing:" \
	    "install libjsmn-dev, or say JSMN_INCLUDE=folder" >&2; exit 1; }
	@mkdir -p $(@D)
	@ln -sfn $(XEN_INCLUDE)/xen $(BUILD)/include/xen
	@ln -sf $(JSMN_INCLUDE)/jsmn.h $(BUILD)/include/jsmn.h
	@touch $@

# --- tests on this machine ---------------------------------------------------

# The sources that each test links besides its own: only those that its module
# may use.
unit_attack_store = kernel/attack.c $(attacks:%=kernel/%.c) kernel/batch.c \
	decide/action.c decide/language.c drivers/console.c \
	tests/fake/console.c $(unit_xenbus)
unit_attack_console = $(unit_attack_store)
unit_attack_channels = $(unit_attack_store)
unit_attack_grants = $(unit_attack_store)
unit_attack_device = $(unit_attack_store) kernel/disk.c kernel/disk_lines.c
unit_balloon  = kernel/balloon.c tests/fake/arch.c
unit_blkfront = $(unit_xenbus)
unit_clock    = kernel/clock.c drivers/evtchn.c tests/fake/arch.c
unit_command  = decide/action.c decide/command.c decide/language.c \
	decide/operands.c lib/ethernet.c $(unit_json)
unit_command_devices = $(unit_command)
unit_command_members = $(unit_command)
unit_command_program = $(unit_command)
unit_command_refused = $(unit_command)
unit_console  = drivers/console.c drivers/evtchn.c lib/error.c lib/format.c \
	lib/ring.c lib/text.c tests/fake/arch.c tests/fake/console.c \
	tests/fake/ways.c
unit_console_input = $(unit_console)
unit_control  = decide/answer.c decide/control.c decide/decision.c \
	decide/steps.c $(unit_command)
unit_control_delays = $(unit_control)
unit_control_equations = $(unit_control)
unit_control_line = $(unit_control)
unit_control_messages = $(unit_control)
unit_control_model = $(unit_control)
unit_control_program = $(unit_control)
unit_control_suspend = $(unit_control)
unit_control_work = $(unit_control)
unit_dirty    = kernel/dirty.c kernel/pattern.c tests/fake/arch.c
unit_disk     = kernel/disk.c kernel/disk_lines.c $(unit_xenbus)
unit_disk_lines = kernel/disk_lines.c lib/format.c lib/text.c
unit_error    = lib/error.c lib/text.c
unit_ethernet = lib/ethernet.c lib/text.c
unit_ethernet_text = $(unit_ethernet)
unit_evtchn   = drivers/evtchn.c tests/fake/arch.c
unit_flood    = kernel/flood.c lib/format.c lib/text.c
unit_format   = lib/format.c lib/text.c
unit_front_ring = drivers/front_ring.c
unit_front_ring_lies = $(unit_front_ring)
unit_grant    = drivers/grant.c tests/fake/arch.c
unit_hypercall = kernel/hypercall.c kernel/batch.c decide/operands.c \
	$(unit_xenstore)
unit_json     = lib/json.c lib/json_text.c lib/format.c lib/text.c
unit_json_random = $(unit_json)
unit_json_refused = $(unit_json)
unit_kernel   = $(unit_suspend)
unit_kernel_attack = $(unit_suspend)
unit_kernel_attack_device = tests/fake/backend.c $(unit_suspend)
unit_kernel_devices = tests/fake/backend.c $(unit_suspend)
unit_balloon_store = $(unit_suspend)
unit_kernel_rounds = $(unit_suspend)
unit_kernel_store = $(unit_suspend)
unit_kernel_vcpus = $(unit_suspend)
unit_kernel_work = $(unit_suspend)
unit_lend     = drivers/lend.c drivers/grant.c tests/fake/arch.c
unit_log      = lib/log.c lib/format.c lib/text.c
unit_netfront = kernel/clock.c kernel/devices.c kernel/transmit.c $(unit_xenbus)
unit_nodes    = kernel/nodes.c kernel/batch.c kernel/inbox.c kernel/publish.c \
	kernel/vcpus.c kernel/balloon_store.c kernel/balloon.c \
	kernel/clock.c kernel/dirty.c kernel/pattern.c $(unit_control) \
	$(unit_xenbus)
unit_nodes_commit = $(unit_nodes)
unit_nodes_hold = $(unit_nodes)
unit_nodes_refused = $(unit_nodes)
unit_nodes_removed = $(unit_nodes)
unit_operands = decide/operands.c lib/format.c lib/text.c
unit_options  = kernel/options.c lib/ethernet.c lib/log.c lib/format.c \
	lib/text.c tests/fake/arch.c tests/fake/log.c
unit_pattern  = tests/fake/pattern.c
unit_ring     = lib/ring.c
unit_storm    = kernel/storm.c $(unit_xenstore)
unit_suspend  = $(filter-out kernel/pattern.c,$(portable_sources)) \
	tests/fake/arch.c tests/fake/console.c tests/fake/host.c \
	tests/fake/pattern.c tests/fake/store.c tests/fake/tree.c \
	tests/fake/ways.c
unit_suspend_races = $(unit_suspend)
unit_text     = lib/text.c
unit_work     = kernel/work.c lib/format.c lib/text.c
unit_arm64_tree = arch/arm64/tree.c
unit_x86_clock = arch/x86/clock.c arch/common.c
unit_x86_pv_p2m = arch/x86/pv_p2m.c arch/x86/pv_spare.c
unit_x86_pvh_spare = arch/x86/pvh_spare.c
unit_x86_pvh_start = arch/x86/pvh_start.c
# Devices come through xenbus, so the tests of all frontends link the same.
frontends     = $(filter %front,$(drivers))
unit_xenbus   = tests/fake/backend.c $(frontends:%=drivers/%.c) \
	drivers/front_ring.c drivers/grant.c drivers/lend.c \
	$(xenbus:%=drivers/%.c) lib/ethernet.c $(unit_xenstore)
unit_xenstore = drivers/xenstore.c drivers/evtchn.c lib/error.c lib/format.c \
	lib/log.c lib/ring.c lib/text.c tests/fake/arch.c tests/fake/log.c \
	tests/fake/store.c tests/fake/tree.c tests/fake/ways.c
unit_xenstore_events = $(unit_xenstore)
unit_xenstore_lies = $(unit_xenstore)
unit_xenstore_renew = $(unit_xenstore)

unit_tests = $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
unit_programs = $(unit_tests:%=$(BUILD)/unit/%)

# x86_string again with each installed compiler, at each optimisation level:
# their code for assembly with operands differs.
folders = $(subst :, ,$(PATH))
compilers = $(foreach name,gcc clang,$(if $(wildcard $(folders:%=%/$(name))),\
	$(name)))
string_programs = $(foreach name,$(compilers),$(foreach level,0 1 2 3 s z,\
	$(BUILD)/unit/x86_string-$(name)-O$(level)))

.PHONY: unit
unit: $(unit_programs) $(string_programs) ## run the unit tests with sanitizers
	@tools/check/run-unit $(unit_programs) $(string_programs)

.PHONY: unit-programs
unit-programs: $(unit_programs) ## build the unit tests without running them

.PHONY: links
links: ## print the sources of each unit test, of each fuzzer, of the simulator
	@$(foreach name,$(unit_tests), \
	    $(info unit/$(name): tests/unit/$(name).c $(unit_$(name)))) \
	$(foreach name,$(fuzzers), \
	    $(info fuzz/$(name): tests/fuzz/$(name).c $(fuzz_$(name)))) \
	$(info simulate/: $(simulate_sources)):

.PHONY: coverage
coverage: $(BUILD)/include/ready ## measure how much code the unit tests reach
	@tools/check/coverage

.SECONDEXPANSION:
$(unit_programs): $(BUILD)/unit/%: $(BUILD)/host/tests/unit/%.c.o \
    $$(patsubst $$(percent),$(BUILD)/host/$$(percent).o,$$(unit_$$*))
	@mkdir -p $(@D)
	$(call quiet,LINK,$@)$(CC) $(host_flags) $(unit_link) -o $@ $^ -lcmocka
percent = %
# It uses symbols of linker.ld, which are absolute and below 4 GiB.
$(BUILD)/unit/x86_pvh_start: unit_link = -no-pie

$(BUILD)/host/%.c.o: %.c $(BUILD)/include/ready $(flags)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(CC) $(host_flags) $(finds) -MMD -MP -c -o $@ $<

.PHONY: overflow
overflow: ## run the unit tests with clang's check for unsigned wrap-around
	@tools/build/setup fuzz
	@$(MAKE) --silent unit CC=$(FUZZ_CC) BUILD=$(BUILD)/overflow \
	    instruments='-O1 -fsanitize=undefined -fno-sanitize-recover=all' \
	    finds='$$(finds_wraps)'

$(string_programs): $(BUILD)/unit/x86_string-%: tests/unit/x86_string.c \
    arch/x86/string.c lib/string.h
	@mkdir -p $(@D)
	$(call quiet,CC,$@)$(firstword $(subst -, ,$*)) -std=c11 -g \
	    -$(lastword $(subst -, ,$*)) $(warnings) $(includes) -o $@ $< \
	    -lcmocka

.PHONY: json
json: $(BUILD)/host/json-reader ## compare the JSON reader with Python's
	@tests/json/run $<

$(BUILD)/host/json-reader: $(patsubst %,$(BUILD)/host/%.o,tests/json/reader.c \
    $(unit_json))
	$(call quiet,LINK,$@)$(CC) $(host_flags) -o $@ $^

# --- the simulator -----------------------------------------------------------

simulate_sources = $(unit_suspend) tests/fake/backend.c \
	$(wildcard tests/simulate/*.c)
simulate_objects = $(patsubst %,$(BUILD)/host/%.o,$(simulate_sources))

.PHONY: simulate
simulate: $(BUILD)/host/simulate ## simulate random lives (SECONDS=60, SEED=n)
	@$< --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) \
	    $(if $(FIXED),--fixed $(FIXED)) $(wildcard tests/simulate/cases/*)

$(BUILD)/host/simulate: $(simulate_objects)
	$(call quiet,LINK,$@)$(CC) $(host_flags) -o $@ $^ -lcmocka

.PHONY: defects
defects: ## put old faults back: does the simulator find them within a minute?
	@tools/check/defects

# --- the checker of the documents --------------------------------------------

# The program includes the file whose tables it prints.
language_objects = $(patsubst %,$(BUILD)/host/%.o, \
	$(wildcard tests/language/*.c) \
	$(filter-out kernel/options.c,$(unit_suspend)))

$(BUILD)/host/language: $(language_objects)
	$(call quiet,LINK,$@)$(CC) $(host_flags) -o $@ $^ -lcmocka

N ?= 200

.PHONY: prove
prove: ## prove with Frama-C that no index leads outside a ring
	@tools/build/setup prove
	@tools/check/prove

.PHONY: mutants
mutants: ## make small changes of the code: do the tests notice? (N=200)
	@tools/build/setup check
	@tools/check/mutants --count $(N)

# --- fuzzers -----------------------------------------------------------------

FUZZ_CC ?= clang
SECONDS ?= 60

# The sources that each fuzzer links besides its own: those of the unit test
# with the same name.
fuzz_command  = $(unit_command)
fuzz_console  = $(unit_console)
fuzz_devices  = $(unit_xenbus)
fuzz_session  = $(unit_suspend) tests/fake/backend.c
fuzz_xenstore = $(unit_xenstore)

fuzzers = $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
fuzz_programs = $(fuzzers:%=$(BUILD)/fuzz/%)
fuzz_flags = -std=c11 -O1 -g -DASSERTIONS -fno-omit-frame-pointer \
	-D_GNU_SOURCE -fno-sanitize-recover=all $(warnings) $(definitions) \
	$(includes)

.PHONY: fuzz
fuzz: ## fuzz the code that reads outside data, SECONDS=60 for each fuzzer
	@tools/build/setup fuzz
	@$(MAKE) $(fuzz_programs)
	@tools/check/fuzz $(SECONDS) $(fuzz_programs)

.PHONY: fuzz-keep
fuzz-keep: $(fuzz_programs) ## store useful inputs of the fuzzers in the tree
	@tools/check/fuzz --keep $(fuzz_programs)

$(fuzz_programs): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.c.o \
    $$(patsubst $$(percent),$(BUILD)/fuzz/$$(percent).o,$$(sort $$(fuzz_$$*)))
	@mkdir -p $(@D)
	$(call quiet,LINK,$@)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined \
	    -o $@ $^ -lcmocka

$(BUILD)/fuzz/%.c.o: %.c $(BUILD)/include/ready $(flags)
	@mkdir -p $(@D)
	$(call quiet,CC,$<)$(FUZZ_CC) $(fuzz_flags) \
	    -fsanitize=fuzzer-no-link,address,undefined $(finds_wraps) \
	    -MMD -MP -c -o $@ $<

# --- on an emulated Xen host -------------------------------------------------

# XEN=FOLDER: use the Xen of that folder; see scripts/host/host --help. Also for
# check and bench.
ifdef XEN
export XEN_TEST_VM_XEN := $(abspath $(XEN))
endif

.PHONY: run
run: ## install missing packages, build, and show the VM at work on Xen
	@tools/build/setup run$(suffix)
	@$(MAKE) --silent all
	@ARCH='$(ARCH)' tools/demo

.PHONY: demo-recording
demo-recording: ## record the session in README.md anew, and docs/demo.svg of it
	@tools/build/setup recording
	@$(MAKE) --silent all
	@tools/demo record

.PHONY: shell
shell: all ## open a dom0 prompt on an emulated host (XEN=folder: your Xen)
	@scripts/host/host --input $(image) --input tests/xl --input examples \
	    --input $(vmctl) --input tools/dom0/shell \
	    shell '. /input/shell'

FROM ?= bookworm
TO   ?= trixie

.PHONY: migrate
migrate: ## migrate a VM between two emulated hosts (FROM=bookworm, TO=trixie)
	@tools/build/setup run
	@$(MAKE) --silent all
	@scripts/host/pool --host "--release $(FROM)" --host "--release $(TO)" \
	    --quiet --input $(image) --input build/vmctl run tools/dom0/migrate

TYPE ?= pv

.PHONY: debug
debug: all ## run a guest under gdb, stopped in kernel_main (TYPE=pv or pvh)
	@tools/build/setup debug
	@tools/debug $(TYPE)

# --- installation and releases -----------------------------------------------

# The names of the GNU conventions; PREFIX is another name for prefix.
PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
exec_prefix ?= $(prefix)
bindir      ?= $(exec_prefix)/bin
libdir      ?= $(exec_prefix)/lib
datarootdir ?= $(prefix)/share
mandir      ?= $(datarootdir)/man
docdir      ?= $(datarootdir)/doc/xen-test-vm
bashcompdir ?= $(datarootdir)/bash-completion/completions
zshcompdir  ?= $(datarootdir)/zsh/site-functions

INSTALL         ?= install
INSTALL_PROGRAM ?= $(INSTALL)
INSTALL_DATA    ?= $(INSTALL) -m 644

install_words = DESTDIR bindir libdir mandir docdir bashcompdir zshcompdir \
	INSTALL_PROGRAM INSTALL_DATA
installer = $(foreach word,$(install_words),$(word)='$($(word))') \
	tools/build/install-files

.PHONY: install
install: all ## install below DESTDIR and PREFIX (/usr/local)
	@$(installer) install $(image) $(vmctl) $(completions)

.PHONY: uninstall
uninstall: ## remove the files that install has installed
	@$(installer) uninstall $(image) $(vmctl) $(completions)

archive = $(BUILD)/xen-test-vm-$(VERSION).tar.gz

.PHONY: dist
dist: all ## make the archive of a release, the same bytes on every machine
	@$(MAKE) --silent all ARCH=arm64
	@CC='$(CC)' STRIP='$(STRIP)' tools/build/dist $(VERSION) $(BUILD) \
	    $(archive)

# --- all tests ---------------------------------------------------------------

.PHONY: check
check: ## run all tests, each scenario once (CI); CHANGED=1: minutes only
	@tools/build/setup check
	@$(MAKE) --silent all
	@$(MAKE) --silent all ARCH=arm64
	@tools/check/check $(if $(TURN),--turn $(TURN)) \
	    $(if $(CHANGED),--changed '$(filter-out 1,$(CHANGED))')

.PHONY: check-full
check-full: ## run all tests, every scenario on every Xen (HALF=1, HALF=2)
	@tools/build/setup check
	@$(MAKE) --silent all
	@$(MAKE) --silent all ARCH=arm64
	@tools/check/check --full $(if $(HALF),--half $(HALF))

.PHONY: check-libvirt
check-libvirt: ## run the part of check that needs libvirt and Python in dom0
	@tools/build/setup check
	@$(MAKE) --silent all
	@tools/check/check --full --host bookworm-clients/xenstored/free

MINUTES ?= 30

.PHONY: soak siege
soak: ## mix a VM's operations at random (MINUTES=30, SEED=, RELEASE=, STORE=)
siege: ## mix all attacks, an honest VM beside (MINUTES=30 and so on)
soak siege:
	@tools/build/setup run
	@$(MAKE) --silent all
	@rm -rf $(BUILD)/$@
	@scripts/host/host $(if $(RELEASE),--release $(RELEASE)) \
	    $(if $(STORE),--store $(STORE)) \
	    --timeout $$(($(MINUTES) * 60 + 600)) --memory 3072 \
	    --logs $(BUILD)/$@ --input $(image) --input tests/xl \
	    run tests/xl/soak $(if $(filter siege,$@),--siege) \
	    --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
	    /input/xen-test-vm.xen

# --- benchmarks -------------------------------------------------------------

bench = VERSION='$(VERSION)' ARCH='$(ARCH)' CC='$(TARGET_CC)' tools/bench/bench
# Peers, and a Xen that was built elsewhere, are for x86.
benched = x86 $(if $(PEER)$(XEN_TEST_VM_XEN),,arm64)

.PHONY: bench bench-check bench-renew
bench: ## measure sizes, counts and times (ARCH=, PEER=another kernel)
bench-check: ## fail if a figure is worse than those in docs/ (ARCH=)
bench-renew: ## measure again and record the new figures in docs/ (ARCH=)
ifeq ($(origin ARCH),command line)
bench bench-check bench-renew:
	@tools/build/setup bench$(suffix)
	@$(MAKE) --silent all
	@$(bench) $(if $(filter bench-%,$@),--$(@:bench-%=%)) $(PEER)
else
bench bench-check bench-renew:
	@status=0; for arch in $(benched); do \
	    $(MAKE) $@ ARCH=$$arch || status=1; \
	done; exit $$status
endif

.PHONY: bench-fleet
bench-fleet: ## run as many guests as fit into 4 GiB (STORE=, SIDE=...)
	@tools/build/setup bench
	@$(MAKE) --silent all
	@tools/bench/fleet "$(TYPE)" "$(STORE)" "$(COUNT)" "$(SIDE)"

.PHONY: bench-reboots
bench-reboots: all ## reboot 100 guests with vmctl, and with plain writes
	@tools/bench/reboots

# --- style ------------------------------------------------------------------

.PHONY: lint
lint: $(BUILD)/include/ready ## check format, style, layers and documents
	@tools/check/lint

.PHONY: format
format: ## lay out the C code as .clang-format says
	clang-format -i $(wildcard arch/*.h arch/*/*.[ch] drivers/*.[ch] \
	    decide/*.[ch] kernel/*.[ch] lib/*.[ch] tests/*/*.[ch] \
	    scripts/host/dom0/*.c)

.PHONY: clean
clean: ## remove all built files
	rm -rf $(BUILD)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' \
	    '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

-include $(image_objects:.o=.d)
-include $(shell find $(BUILD)/dom0$(suffix) $(BUILD)/host $(BUILD)/fuzz \
    -name '*.d' 2>/dev/null)
