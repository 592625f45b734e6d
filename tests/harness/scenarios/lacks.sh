#!/bin/sh
# SPDX-License-Identifier: MIT
# Names a program that is missing.
scenario() {
    case_of "passes before"
    uses sh no-such-program
    case_of "is not reached"
    end_of_scenario
}
