#!/bin/sh
# SPDX-License-Identifier: MIT
# The misbehaviours of a VM whose store permits little.
#
# docs/misbehaviours.md has a row for each case, and tools/check/documents
# compares them.
# shellcheck disable=SC2034 # misbehaviour uses beforehand

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"

# With one watch the VM hears requests, but no commands and no targets: a
# command comes on its kernel command line. xenstored of Xen 4.17 permits one
# watch more.
few_watches() {
    starve 1 1000
    beforehand='until_state deaf'
    misbehaviour store-one-watch '' 'xl shutdown -w NAME' "$starved" \
        'extra = '\''testing={"when":"onshutdown","action":"reboot"}'\'
    says 0 'has been shut down, reason code 1'
    node_is ""
    until_reason 1

    misbehaviour store-one-watch-memory '' 'xl mem-set NAME 16m' "$starved" \
        'memory = 32'
    says 0
    sleep 3
    is "the memory" "$(store_read data/meminfo_total)" 32768

    misbehaviour store-one-watch-save '' 'xl save NAME FILE; xl restore FILE' \
        "$starved"
    says 0
    until_restored deaf
}

# Wait until there is a new domain, and until it is in that state.
until_restored() {
    until_new_domain
    until_state "$1"
}

# A VM that may own no more nodes than those that xl gives it says nothing.
no_nodes() {
    if ! xen_since 17; then
        case_of "no node"
        skip_case "xl of Xen 4.14 then creates no VM"
        return
    fi
    end_case
    count_nodes
    vm_end_all
    starve 128 "$nodes"
    beforehand='until_console boot:'
    misbehaviour store-no-node '' 'xl shutdown -w NAME' "$starved"
    says 0 'has been shut down, reason code 0'
    node_is ""
    store_lacks data/xen-test-vm/state || fail "it has published its state"

    misbehaviour store-no-node-save '' 'xl save NAME FILE; xl restore FILE' \
        "$starved"
    says 0
    until_new_domain
    request poweroff
    until_reason 0
}

# The VM sees none of the features of the store.
no_features() {
    if ! xl_knows xenstore_feature_mask 0; then
        case_of "store-no-features"
        skip_case "this xl has no xenstore_feature_mask: it came after Xen 4.20"
        return
    fi
    beforehand='until_state ready'
    misbehaviour store-no-features '' 'xl shutdown -w NAME' \
        'xenstore_feature_mask = 0'
    says 0 'has been shut down, reason code 0'
}

scenario() {
    can_starve misbehaviours-store || return
    few_watches
    no_nodes
    no_quota
    no_features
    end_of_scenario
}
