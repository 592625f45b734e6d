#!/bin/sh
# SPDX-License-Identifier: MIT
# Passes, fails and skips.
scenario() {
    case_of "a <name> & \"more\""
    is "an equal text" so so

    case_of "fails, and the rest of the case is skipped"
    vm_start_paused
    is "the <answer>" "]]>" "&"
    is "a second failure" 1 2

    case_of "no tool"
    skip_case "no <tool> & no other"

    case_of "passes after them"
    vm_start_paused
    has "a text" "a long text" "long"
    end_of_scenario
}
