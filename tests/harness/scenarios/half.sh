#!/bin/sh
# SPDX-License-Identifier: MIT
# Has a VM that stays half-made for a while.
scenario() {
    case_of "is well"
    vm_start_paused 'half_made = "1"'
    end_of_scenario
}
