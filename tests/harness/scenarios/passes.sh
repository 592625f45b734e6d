#!/bin/sh
# SPDX-License-Identifier: MIT
# Passes.
scenario() {
    case_of "is well"
    vm_start_paused
    end_of_scenario
}
