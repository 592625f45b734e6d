#!/bin/sh
# SPDX-License-Identifier: MIT
# Ends in the middle.
scenario() {
    case_of "is not finished"
    vm_start_paused
    exit 3
}
