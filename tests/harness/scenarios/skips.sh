#!/bin/sh
# SPDX-License-Identifier: MIT
# Skips all.
scenario() {
    skip_scenario "all" "nothing can be done here"
}
