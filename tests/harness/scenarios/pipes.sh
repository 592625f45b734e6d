#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a missing program in a pipe.
scenario() {
    case_of "counts nothing"
    is "the lines" "$(no-such-program | wc -l | tr -d ' ')" 0
    end_of_scenario
}
