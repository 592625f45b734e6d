#!/bin/sh
# SPDX-License-Identifier: MIT
# The catalogue of misbehaviours: those for which xl does not time out.
#
# docs/misbehaviours.md has a row for each case, and tools/check/documents
# compares them.

node_is_gone() {
    store_lacks control/shutdown || fail "control/shutdown is there still"
}

has_booted() {
    [ "$(vm_console | grep -c 'boot: xen-test-vm')" -ge "$1" ]
}

# End a VM that xl starts again and again, also after a failure. Between two
# domains the name has no domain, so end xl's background process first.
stop_loop() {
    kill "$(sed -n 's/.*\[pid \([0-9]*\)\].*/\1/p' \
        "$logs/xl-$vm.log" | tail -n 1)"
    xl destroy "$vm" >/dev/null 2>&1
    until_gone
}

shutdowns() {
    misbehaviour ack-late \
        '{"when":"onshutdown","ack_delay_ms":5000,"action":"poweroff"}' \
        'xl shutdown -w NAME'
    says 0 'has been shut down, reason code 0'
    node_is ""
    until_console 'acknowledgement of control/shutdown is due'

    misbehaviour ack-by-removal \
        '{"when":"onshutdown","ack":"delete","action":"poweroff"}' \
        'xl shutdown -w NAME'
    says 0 'has been shut down, reason code 0'
    node_is_gone

    # xl destroys the domain and its node; libxl takes the missing node for an
    # acknowledgement.
    misbehaviour no-ack-dies \
        '{"when":"onshutdown","ack":"none","action":"poweroff"}' \
        'xl shutdown NAME' 'on_poweroff = "destroy"'
    says 0 'Shutting down domain'
    until_gone

    # Some timeout commands exit with 143, others with 124.
    misbehaviour ack-stays-up '{"when":"onshutdown","action":"ignore"}' \
        'timeout 40 xl shutdown -w NAME'
    [ "$case_failed" ] || [ "$status" -ge 124 ] || fail "xl did not wait: $said"
    has "what the toolstack says" "$said" 'Waiting for 1 domains'
    node_is ""
    obeys

    misbehaviour ack-no-reboot '{"when":"onshutdown","action":"ignore"}' \
        'xl reboot NAME'
    says 0 'Rebooting domain'
    node_is ""
    obeys

    misbehaviour acts-late \
        '{"when":"onshutdown","action_delay_ms":20000,"action":"poweroff"}' \
        'xl shutdown NAME'
    says 0 'Shutting down domain'
    still_up
    until_reason 0

    misbehaviour suspends-instead \
        '{"when":"onshutdown","request":"poweroff","action":"suspend"}' \
        'xl shutdown -w NAME'
    says 0 'has been shut down, reason code 2'
    monitor_says 'Domain has suspended.'
    until_reason 2

    misbehaviour reboots-instead \
        '{"when":"onshutdown","request":"poweroff","action":"reboot"}' \
        'xl shutdown -w NAME'
    says 0 'has been shut down, reason code 1'
    monitor_says 'Action for shutdown reason code 1 is preserve'
    until_reason 1

    misbehaviour powers-off-instead \
        '{"when":"onshutdown","request":"reboot","action":"poweroff"}' \
        'xl reboot NAME'
    says 0 'Rebooting domain'
    monitor_says 'Action for shutdown reason code 0 is preserve'
    until_reason 0

    misbehaviour crashes-instead \
        '{"when":"onshutdown","request":"reboot","action":"crash"}' \
        'xl reboot NAME'
    says 0 'Rebooting domain'
    monitor_says 'Action for shutdown reason code 3 is preserve'
    until_reason 3
}

# For a domain that has ended Xen 4.17 prints "shutdown 1", Xen 4.20
# "shutdown 4".
suspends() {
    misbehaviour suspend-powers-off \
        '{"when":"onshutdown","request":"suspend","action":"poweroff"}' \
        'xl save NAME FILE'
    says 1 'Failed to save domain, resuming domain' \
        'not suspended: (shutdown' ', reason 0)'
    until_reason 0

    misbehaviour suspend-reboots \
        '{"when":"onshutdown","request":"suspend","action":"reboot"}' \
        'xl save NAME FILE'
    says 1 'Failed to save domain, resuming domain' \
        'not suspended: (shutdown' ', reason 1)'
    until_reason 1

    misbehaviour suspend-crashes \
        '{"when":"onshutdown","request":"suspend","action":"crash"}' \
        'xl save NAME FILE'
    says 1 'Failed to save domain, resuming domain' \
        'not suspended: (shutdown' ', reason 3)'
    until_reason 3

    misbehaviour suspend-too-large \
        '{"when":"now","action":"balloon","mode":"refuse"}' \
        'xl mem-set NAME 20m; xl save NAME FILE; xl restore FILE' \
        'memory = 64'
    says 1 'Failed to populate physmap' 'Restore failed'
    until_gone

    misbehaviour suspend-wrong-ack \
        '{"when":"onshutdown","ack":"wrong","action":"suspend"}' \
        'xl save NAME FILE'
    says 0
    until_gone

    misbehaviour suspend-ack-by-removal \
        '{"when":"onshutdown","ack":"delete","action":"suspend"}' \
        'xl save NAME FILE'
    says 0
    until_gone

    misbehaviour cant-suspend-reason \
        '{"when":"now","action":"write",'\
'"path":"data/cant_suspend_reason","value":"busy"}' \
        'xl save NAME FILE'
    says 0
    until_gone
}

ends() {
    # Xen permits 256 reasons; xl has no setting for this one. The background
    # process of xl destroys the domain, perhaps before the other xl has seen
    # the reason.
    misbehaviour unknown-reason \
        '{"when":"onshutdown","action":"exit","code":77}' 'xl shutdown -w NAME'
    says 0 'Waiting for 1 domains'
    monitor_says 'Unknown shutdown reason code 77. Destroying domain.'
    until_gone

    misbehaviour soft-reset '{"when":"now","action":"soft-reset"}' ''
    monitor_says 'Action for shutdown reason code 5 is soft-reset'
    until_gone

    misbehaviour watchdog '{"when":"now","action":"watchdog"}' ''
    monitor_says 'Action for shutdown reason code 4 is preserve'
    until_reason 4

    misbehaviour fault '{"when":"now","action":"fault"}' ''
    until_reason "$(fault_reason)"

    misbehaviour reboot-loop '' '' 'on_reboot = "restart"' \
        'extra = '\''testing={"when":"now","action":"reboot"}'\'
    until_true "it has booted 3 times" has_booted 3
    monitor_says 'Action for shutdown reason code 1 is restart'
    stop_loop

    misbehaviour crash-loop '' '' 'on_crash = "restart"' \
        'extra = '\''testing={"when":"now","action":"crash"}'\'
    until_true "it has booted 3 times" has_booted 3
    monitor_says 'Action for shutdown reason code 3 is restart'
    stop_loop
}

nodes() {
    misbehaviour feature-removed \
        '{"when":"now","action":"remove","path":"control/feature-suspend"}' \
        'xl save NAME FILE'
    says 0
    until_gone

    misbehaviour feature-zero \
        '{"when":"now","action":"write",'\
'"path":"control/feature-poweroff","value":"0"}' \
        'xl shutdown -w NAME'
    is "the feature" "$(store_read control/feature-poweroff)" 0
    says 0 'has been shut down, reason code 0'

    misbehaviour feature-added \
        '{"when":"now","action":"write",'\
'"path":"control/feature-balloon","value":"1"}' \
        'xl shutdown -w NAME'
    has "the answer" "$(store_read data/xen-test-vm/reply)" EACCES
    store_lacks control/feature-balloon || fail "control/feature-balloon"
    says 0 'has been shut down, reason code 0'

    # Under xl the VM cannot publish that its balloon is busy: control belongs
    # to dom0.
    misbehaviour balloon-stuck \
        '{"when":"now","action":"balloon","mode":"stuck"}' 'xl save NAME FILE'
    says 0
    until_gone

    misbehaviour flood '{"when":"now","action":"flood","bytes":4294967295}' \
        'xl shutdown -w NAME'
    says 0 'has been shut down, reason code 0'

    misbehaviour storm '{"when":"now","action":"storm","writes":4294967295}' \
        'xl shutdown -w NAME'
    says 0 'has been shut down, reason code 0'

    misbehaviour storm-save \
        '{"when":"now","action":"storm","writes":4294967295}' \
        'xl save NAME FILE'
    says 0
    until_gone
}

scenario() {
    shutdowns
    suspends
    ends
    nodes
    end_of_scenario
}
