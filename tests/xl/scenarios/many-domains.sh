#!/bin/sh
# SPDX-License-Identifier: MIT
# vmctl among more domains than a reply of the store holds.
#
# With oxenstored, other programs of dom0 then find no domain at all.

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"

# folders FORMAT: print it for the folders of 900 domains that are not there.
folders() {
    number=20000
    while [ $number -lt 20900 ]; do
        number=$((number + 1))
        echo "/local/domain/$number"
    done | sed "s|.*|$(echo "$1" | sed 's/%s/\&/g')|"
}

scenario() {
    alone many-domains || return
    find_vmctl || { skip_scenario many-domains "needs vmctl"; return; }

    # Folders as those of domains.
    case_of "vmctl lists all, and commands one of them"
    vm_start
    # shellcheck disable=SC2046 # words
    xenstore-write $(folders '%s/vm x %s/data/xen-test-vm/version 1 \
        %s/data/xen-test-vm/guest pv')
    "$vmctl" list >"$XTVM_WORK/list" 2>&1 || fail "$(cat "$XTVM_WORK/list")"
    # shellcheck disable=SC2046 # words
    xenstore-rm $(folders %s)
    is "the lines" "$(grep -c '^20[0-9]* ' "$XTVM_WORK/list")" 900
    has "the list" "$(cat "$XTVM_WORK/list")" "$vm"
    "$vmctl" "$vm" now ignore >"$XTVM_WORK/answer" 2>&1 ||
        fail "$(cat "$XTVM_WORK/answer")"
    obeys
    end_of_scenario
}
