#!/bin/sh
# SPDX-License-Identifier: MIT
# sizes - functions for scenarios about memory and vCPUs, in addition to lib.sh.
# The numbers are Xen's own, from the emulated host's helper.

# shellcheck disable=SC2154 # set by lib.sh; the scenario sets begun

# --- memory -----------------------------------------------------------------

# The number of pages that the domain has.
pages() {
    xen-domain info "$domid" | sed -n 's/^pages=//p'
}

# mem_set MIB: have xl set the memory target.
mem_set() {
    [ "$case_failed" ] && return 1
    xl mem-set "$vm" "$1m" >"$XTVM_WORK/xl.log" 2>&1 ||
        fail "xl mem-set: $(cat "$XTVM_WORK/xl.log")"
}

# until_pages COUNT: wait until the domain has this number of pages.
until_pages() {
    until_helper "$1 pages" \
        xen-domain wait "$WAIT_SECONDS" "$domid" pages "$1"
}

# until_less KIB: wait until the domain has exactly KIB less than at the start
# of the case.
until_less() {
    until_pages $((begun - $1 / 4))
}

# --- vCPUs ------------------------------------------------------------------

# The number of vCPUs that are up.
online() {
    xen-domain info "$domid" | sed -n 's/^online_vcpus=//p'
}

until_online() {
    until_helper "$1 vCPUs are up" \
        xen-domain wait "$WAIT_SECONDS" "$domid" vcpus "$1"
}

# vcpu_set COUNT: have xl set the number of vCPUs. -i: the host may have fewer
# CPUs.
vcpu_set() {
    [ "$case_failed" ] && return 1
    xl vcpu-set -i "$vm" "$1" >"$XTVM_WORK/xl.log" 2>&1 ||
        fail "xl vcpu-set: $(cat "$XTVM_WORK/xl.log")"
}

