#!/bin/sh
# SPDX-License-Identifier: MIT
# The misbehaviours that make xl wait its 60 s, all of them at the same time.
#
# docs/misbehaviours.md has a row for each case, and tools/check/documents
# compares them.
# Delays of 80 s are longer than xl's 60 s even on a slow host.

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

    # on_poweroff="preserve" keeps the domain, and its node.
    misbehaviour no-ack-dies-kept \
        '{"when":"onshutdown","ack":"none","action":"poweroff"}' \
        'xl shutdown NAME'
    says 1 "guest didn't acknowledge control request: -9"
    until_reason 0
    node_is poweroff

    # The second request creates the node again, and the VM may not write it.
    misbehaviour ack-by-removal-stays \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}' \
        'xl shutdown NAME; xl shutdown NAME'
    says 1 'Shutting down domain' \
        "guest didn't acknowledge control request: -9"
    until_reason 0
    until_console 'control/shutdown cannot be acknowledged: EACCES'
    node_is poweroff

    # The VM gets only a tenth of the CPU: the other cases need the CPU, as
    # their xl waits at most 10 s for the console of a new domain.
    misbehaviour spin '{"when":"now","action":"spin"}' \
        'xl shutdown NAME; xl destroy NAME' 'cap = 10'
    says 0 "guest didn't acknowledge control request: -9"
    until_gone
}

suspends() {
    misbehaviour suspend-no-ack \
        '{"when":"onshutdown","ack":"none","action":"ignore"}' \
        'xl save NAME FILE'
    says 1 "guest didn't acknowledge suspend, cancelling request" \
        'Failed to save domain, resuming domain' 'xc_domain_resume failed'
    node_is ""
    obeys

    # xl logs the error, but then the domain is suspended, so xl saves it.
    misbehaviour suspend-no-ack-suspends \
        '{"when":"onshutdown","ack":"none","action":"suspend"}' \
        'xl save NAME FILE'
    says 0 "guest didn't acknowledge suspend, cancelling request"
    until_gone

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

    # The second request creates the node again, and the VM may not write it.
    misbehaviour suspend-ack-by-removal-ignored \
        '{"when":"onshutdown","ack":"delete","action":"ignore"}' \
        'xl save NAME FILE; xl save NAME FILE'
    says 0 'guest did not suspend, timed out' \
        "guest didn't acknowledge suspend, cancelling request"
    until_gone
    until_console 'control/shutdown cannot be acknowledged: EACCES'

    misbehaviour suspend-second-time \
        '[{"when":"onshutdown","ack":"none","action":"ignore"},'\
'{"when":"onshutdown","action":"suspend"}]' \
        'xl save NAME FILE; xl save NAME FILE'
    says 0 "guest didn't acknowledge suspend, cancelling request"
    until_gone

    # A suspended VM cannot acknowledge, but xl sees that it is suspended.
    misbehaviour suspend-unasked-save '{"when":"now","action":"suspend"}' \
        'xl save NAME FILE'
    says 0 "guest didn't acknowledge suspend, cancelling request"
    until_gone

    misbehaviour suspend-unasked '{"when":"now","action":"suspend"}' \
        'xl shutdown NAME'
    says 1 "guest didn't acknowledge control request: -9"
    monitor_says 'Domain has suspended.'
    until_reason 2

    # A PV guest publishes its p2m only when it runs.
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
    until_gone
}

cases() {
    suspends
    shutdowns
}

scenario() {
    all_at_once cases
    end_of_scenario
}
