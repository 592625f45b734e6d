#!/bin/sh
# SPDX-License-Identifier: MIT
# sizes - what scenarios about memory and vCPUs share, besides lib.sh. Xen does
# the counting, by the emulated host's helper.

# shellcheck disable=SC2154 # of lib.sh, and begun, of the scenario

# --- memory -----------------------------------------------------------------

# How many pages the domain has: Xen's own count.
pages() {
    xen-domain info "$domid" | sed -n 's/^pages=//p'
}

# mem_set MIB: what the toolstack wants.
mem_set() {
    [ "$case_failed" ] && return 1
    xl mem-set "$vm" "$1m" >"$XTVM_WORK/xl.log" 2>&1 ||
        fail "xl mem-set: $(cat "$XTVM_WORK/xl.log")"
}

has_pages() {
    [ "$(pages)" = "$1" ]
}

# less KIB: than at the start of the case, to the page.
until_less() {
    until_true "$1 KiB less" has_pages $((begun - $1 / 4))
}

# --- vCPUs ------------------------------------------------------------------

# As Xen counts those that are up.
online() {
    xen-domain info "$domid" | sed -n 's/^online_vcpus=//p'
}

is_online() {
    [ "$(online)" = "$1" ]
}

until_online() {
    until_true "$1 vCPUs are up" is_online "$1"
}

# vcpu_set COUNT: what the toolstack wants. -i: the host may have fewer CPUs.
vcpu_set() {
    [ "$case_failed" ] && return 1
    xl vcpu-set -i "$vm" "$1" >"$XTVM_WORK/xl.log" 2>&1 ||
        fail "xl vcpu-set: $(cat "$XTVM_WORK/xl.log")"
}

