#!/bin/sh
# SPDX-License-Identifier: MIT
# Waits for ever, with a VM that a background process of xl creates again.
scenario() {
    case_of "is well"
    case_of "waits"
    vm_start_paused 'on_reboot = "restart"'
    echo $$ >"$XTVM_ALL/../waits.$XTVM_TYPE"
    while sleep 0.2; do :; done
    end_of_scenario
}
