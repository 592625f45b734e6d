#!/bin/sh
# SPDX-License-Identifier: MIT
# The misbehaviours that make xl wait its 60 s, all of them at the same time.
#
# docs/misbehaviours.md has a row for each case, which check-documents compares.
# Delays of 80 s outlast xl's 60 s also on a slow host.

shutdowns() {
    misbehaviour no-ack '{"when":"onshutdown","ack":"none","action":"ignore"}' \
        'xl shutdown -w NAME'
    says 1 "guest didn't acknowledge control request: -9" \
        'shutdown failed (rc=-9)'
    node_is poweroff
    obeys

    misbehaviour no-ack-reboot \
        '{"when":"onshutdown","ack":"none","action":"ignore"}' \
        'xl reboot NAME'
    says 1 "guest didn't acknowledge control request: -9" \
        'reboot failed (rc=-9)'
    node_is reboot
    obeys

    misbehaviour wrong-ack \
        '{"when":"onshutdown","ack":"wrong","action":"ignore"}' \
        'xl shutdown NAME'
    says 1 "guest didn't acknowledge control request: -9"
    node_is wrong
    obeys

    misbehaviour ack-too-late \
        '{"when":"onshutdown","ack_delay_ms":80000,"action":"poweroff"}' \
        'xl shutdown NAME'
    says 1 "guest didn't acknowledge control request: -9"
    until_reason 0
    node_is ""

    # Kept by on_poweroff="preserve", and the node with it.
    misbehaviour no-ack-dies-kept \
        '{"when":"onshutdown","ack":"none","action":"poweroff"}' \
        'xl shutdown NAME'
    says 1 "guest didn't acknowledge control request: -9"
    until_reason 0
    node_is poweroff

    # The second request makes the node anew, and the VM may not write it.
    misbehaviour ack-by-removal-stays \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}' \
        'xl shutdown NAME; xl shutdown NAME'
    says 1 'Shutting down domain' \
        "guest didn't acknowledge control request: -9"
    until_reason 0
    until_console 'control/shutdown cannot be acknowledged: EACCES'
    node_is poweroff

    # With a tenth of the processor, which the others want: their xl waits no
    # more than 10 s for a new domain's console.
    misbehaviour spin '{"when":"now","action":"spin"}' \
        'xl shutdown NAME; xl destroy NAME' 'cap = 10'
    says 0 "guest didn't acknowledge control request: -9"
    until_true "it is gone" is_gone
}

suspends() {
    misbehaviour suspend-no-ack \
        '{"when":"onshutdown","ack":"none","action":"ignore"}' \
        'xl save NAME FILE'
    says 1 "guest didn't acknowledge suspend, cancelling request" \
        'Failed to save domain, resuming domain' 'xc_domain_resume failed'
    node_is ""
    obeys

    # xl complains, but the domain is suspended by then, so it is saved.
    misbehaviour suspend-no-ack-suspends \
        '{"when":"onshutdown","ack":"none","action":"suspend"}' \
        'xl save NAME FILE'
    says 0 "guest didn't acknowledge suspend, cancelling request"
    until_true "it is gone" is_gone

    misbehaviour suspend-no-ack-dies \
        '{"when":"onshutdown","ack":"none","action":"poweroff"}' \
        'xl save NAME FILE'
    says 1 "guest didn't acknowledge suspend, cancelling request" \
        'Domain has not been suspended: shutdown' ', reason 0'
    until_reason 0

    misbehaviour suspend-wrong-ack-ignored \
        '{"when":"onshutdown","ack":"wrong","action":"ignore"}' \
        'xl save NAME FILE'
    says 1 'guest did not suspend, timed out'
    node_is wrong
    obeys

    misbehaviour suspend-ignored '{"when":"onshutdown","action":"ignore"}' \
        'xl save NAME FILE'
    says 1 'guest did not suspend, timed out' \
        'Failed to save domain, resuming domain'
    obeys

    misbehaviour suspend-ack-too-late \
        '{"when":"onshutdown","ack_delay_ms":80000,"action":"suspend"}' \
        'xl save NAME FILE'
    says 1 "guest didn't acknowledge suspend, cancelling request"
    until_reason 2

    misbehaviour suspend-too-late \
        '{"when":"onshutdown","action_delay_ms":80000,"action":"suspend"}' \
        'xl save NAME FILE'
    says 1 'guest did not suspend, timed out'
    until_reason 2

    # The second request makes the node anew, and the VM may not write it.
    misbehaviour suspend-ack-by-removal-ignored \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}' \
        'xl save NAME FILE; xl save NAME FILE'
    says 0 'guest did not suspend, timed out' \
        "guest didn't acknowledge suspend, cancelling request"
    until_true "it is gone" is_gone
    until_console 'control/shutdown cannot be acknowledged: EACCES'

    misbehaviour suspend-second-time \
        '[{"when":"onshutdown","ack":"none","action":"ignore"},'\
'{"when":"onshutdown","action":"suspend"}]' \
        'xl save NAME FILE; xl save NAME FILE'
    says 0 "guest didn't acknowledge suspend, cancelling request"
    until_true "it is gone" is_gone

    # It cannot acknowledge, but it is suspended already.
    misbehaviour suspend-unasked-save '{"when":"now","action":"suspend"}' \
        'xl save NAME FILE'
    says 0 "guest didn't acknowledge suspend, cancelling request"
    until_true "it is gone" is_gone

    misbehaviour suspend-unasked '{"when":"now","action":"suspend"}' \
        'xl shutdown NAME'
    says 1 "guest didn't acknowledge control request: -9"
    monitor_says 'Domain has suspended.'
    until_reason 2

    # What PV has to tell the tools it tells when it runs.
    misbehaviour restored-paused '{"when":"onshutdown","action":"suspend"}' \
        'xl save NAME FILE; xl restore -p FILE; xl save NAME FILE'
    if [ "$XTVM_TYPE" = pv ]; then
        says 1 'Bad mfn 0 for p2m frame list list'
    else
        says 1 "guest didn't acknowledge suspend, cancelling request"
    fi
    then_toolstack 'xl unpause NAME'
    says 0
    # shellcheck disable=SC2034 # for lib.sh
    domid=$(number_of "$vm")
    until_state ready
    obeys

    misbehaviour hang '{"when":"now","action":"hang"}' 'xl save NAME FILE'
    says 1 "guest didn't acknowledge suspend, cancelling request"
    still_up
    then_toolstack 'xl destroy NAME'
    says 0
    until_true "it is gone" is_gone
}

cases() {
    suspends
    shutdowns
}

scenario() {
    all_at_once cases
    end_of_scenario
}
