#!/bin/sh
# SPDX-License-Identifier: MIT
# Fails, with news in the logs.
scenario() {
    case_of "passes before"
    vm_start_paused
    echo "(XEN) of the case before" >>"$XEN_LOG"

    case_of "it's a \"failure\""
    vm_start_paused
    printf '(XEN) %s\n' "HVM d7v0 save: CPU" "HVM7 restore: CPU 0" \
        "d7v0 did wrong" >>"$XEN_LOG"
    sleep 0.3
    is "a text" "$XTVM_SEED" "another"
    end_of_scenario
}
