#!/bin/sh
# SPDX-License-Identifier: MIT
# random.sh - random numbers for soak.sh and siege.sh; $seed is the next one.

# shellcheck disable=SC2034,SC2154 # for them; set by them

# pick N: sets $picked to a number from 0 to N - 1; the same seed gives the same
# numbers.
pick() {
    seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
    picked=$(((seed >> 12) % $1))
}

# pick_of WORD...: sets $picked to one of the words.
pick_of() {
    pick $#
    shift "$picked"
    picked=$1
}
