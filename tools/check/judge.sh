# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# judge - counts tests, for the checkers in this folder.

passed=0 failed=0 skipped=0

# judge WHAT COMMAND...: run the command, which is a test. Fails if it fails.
judge() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok - $what"
    else
        failed=$((failed + 1))
        echo "not ok - $what"
        return 1
    fi
}

# skip WHAT WHY
skip() {
    skipped=$((skipped + 1))
    echo "ok - $1 # SKIP $2"
}

# Print the totals. Fails if a test has failed.
totals() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}
