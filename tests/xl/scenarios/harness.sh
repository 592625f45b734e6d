#!/bin/sh
# SPDX-License-Identifier: MIT
# tests/xl/run with a real xl: one case alone, interrupted runs, and --clean.

# shellcheck source=tests/xl/daemons.sh
. "$here/daemons.sh"
# shellcheck source=tests/xl/own.sh
. "$here/own.sh"

# A run inside of this run has a mark of its own, and so have its domains.

run_begins() {
    "$XTVM_RUN" --types "$XTVM_TYPE" --jobs 3 "$XTVM_IMAGE" boot now requests \
        >"$XTVM_WORK/run.tap" 2>&1 &
    run=$!
    run_mark=$(mark_of $run)
}

has_domains() {
    [ "$(domains_of "$run_mark")" ]
}

has_no_domain() {
    ! has_domains
}

# run_ends STATUS: the run ends with this exit status, says nothing about
# domains that stay, and leaves none. xl may need a while to make one.
run_ends() {
    wait "$run"
    is "the exit status of the run" $? "$1"
    is "what could not be destroyed" \
        "$(grep 'could not destroy' "$XTVM_WORK/run.tap")" ""
    sleep 3
    is "the domains that stay" "$(domains_of "$run_mark")" ""
}

scenario() {
    alone "harness" || return

    case_of "one case alone"
    "$XTVM_RUN" --types "$XTVM_TYPE" "$XTVM_IMAGE" \
        "now: halt is done at once, with an answer" >"$XTVM_WORK/run.tap" 2>&1
    is "its exit status" $? 0
    is "the last line" "$(tail -n 1 "$XTVM_WORK/run.tap")" \
        "1 passed, 0 failed, 0 skipped"

    # The moment matters: xl may be in the middle of anything.
    times_of 0 "0 1 4"
    for delay in $times; do
        case_of "SIGTERM, $delay s after the first domain, leaves no domain"
        run_begins
        until_true "the run has a domain" has_domains
        sleep "$delay"
        kill -TERM "$run"
        run_ends 130
        has "what the run says" "$(cat "$XTVM_WORK/run.tap")" \
            "Bail out! interrupted"
    done

    case_of "SIGKILL leaves domains, and --clean destroys them"
    run_begins
    until_true "the run has a domain" has_domains
    kill -KILL "$run"
    wait "$run"
    is "its exit status" $? 137
    # Its scenarios notice within a second that it has gone.
    sleep 3
    has_domains || fail "no domain is left: nothing to clean"
    "$XTVM_RUN" --clean >"$XTVM_WORK/run.tap" 2>&1
    is "the exit status of --clean" $? 0
    until_true "no domain stays" has_no_domain

    end_case
    end_of_scenario
}
