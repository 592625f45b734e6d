#!/bin/sh
# SPDX-License-Identifier: MIT
# The memory for dirty is checked when a command is read, and when it is due.

# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"

start() {
    vm_start "$@"
    begun=$(pages)
}

# fails_with_what_fits STEP: the action fails and names the MiB that fit; STEP
# is text of the answer.
fails_with_what_fits() {
    until_reply_has "\"id\": \"d\",$1 \"result\": \"failed\""
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        'mib is 28: no more than 1'
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
    obeys
    # Afterwards the memory can grow again, and dirty can use it.
    mem_set 32
    until_less 0
    result_of '"action":"dirty","mib":28,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
}

scenario() {
    [ "$has_helper" ] || {
        skip_scenario "less memory than when dirty was armed" \
            "needs xen-domain, which counts a domain's pages"
        return
    }

    case_of "dirty, armed before memory shrinks"
    start "memory = 32"
    command_of '{"when":"onshutdown","action":"dirty","mib":28,"id":"d"}'
    mem_set 16
    until_less 16384
    request poweroff
    fails_with_what_fits ""

    case_of "dirty, in a later step, and delayed"
    start "memory = 32"
    command_of '[{"when":"onshutdown","action":"ignore"},
        {"when":"now","action":"dirty","mib":28,"action_delay_ms":1,"id":"d"}]'
    mem_set 16
    until_less 16384
    request poweroff
    fails_with_what_fits ' "step": 1,'

    case_of "dirty, armed before memory shrinks, due after save and restore"
    start "memory = 32"
    command_of '{"when":"onshutdown","action":"dirty","mib":28,"id":"d",
        "request":"go"}'
    mem_set 16
    until_less 16384
    save_and_restore
    request go
    fails_with_what_fits ""

    case_of "dirty: memory shrinks when other work replaces it"
    start "memory = 32"
    command_of '{"when":"now","action":"dirty","mib":24}'
    until_state busy
    mem_set 16
    result_of '"action":"storm","writes":10'
    has "the answer" "$reply" '"result": "done"'
    until_less 16384
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
    obeys
    end_of_scenario
}
