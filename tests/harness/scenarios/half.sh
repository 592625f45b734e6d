#!/bin/sh
# SPDX-License-Identifier: MIT
# Has a VM that is "half-made" for a while \o/.
scenario() {
    case_of "is well"
    vm_start_paused 'half_made = "1"'
    end_of_scenario
}
