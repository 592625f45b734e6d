#!/bin/sh
# SPDX-License-Identifier: MIT
# Calls xl by itself.
# shellcheck disable=SC2154 # lib.sh sets vm
scenario() {
    case_of "not wanted"
    vm_start_paused
    xl pause "$vm"

    case_of "wanted"
    vm_start_paused

    case_of "skipped"
    skip_case "for a reason"
    xl pause "$vm"

    end_of_scenario
}
