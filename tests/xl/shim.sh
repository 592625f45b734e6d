#!/bin/sh
# SPDX-License-Identifier: MIT
# shim - functions for scenarios about Xen's PVH shim, in addition to lib.sh.

# Skip the case if dom0 has no shim.
shim_is_there() {
    # shellcheck disable=SC2154 # set by lib.sh
    if [ "$machine" != x86 ]; then
        skip_case "only x86 has PV guests, for which the shim is"
        return
    fi
    set -- /usr/lib*/xen*/boot/xen-shim /usr/local/lib*/xen*/boot/xen-shim
    if [ ! -e "$1" ] && [ ! -e "$2" ]; then
        skip_case "no xen-shim in this dom0"
    fi
}

vm_ready_or_ended() {
    store_holds data/xen-test-vm/state ready || ! reason_is -
}

# Wait until the VM is ready. Skip the case if the shim crashes before it starts
# the VM: the shim logs "init memory" when it frees its own initial memory, just
# before that start.
until_ready_in_shim() {
    until_true "the VM is ready or has ended" vm_ready_or_ended
    # shellcheck disable=SC2154 # set by lib.sh
    [ "$case_failed" ] && return 1
    if ! reason_is -; then
        if console_has "init memory"; then
            fail "the VM has ended"
        else
            skip_case "the shim crashes on this processor, before the VM starts"
        fi
        return 1
    fi
    until_state ready
}
