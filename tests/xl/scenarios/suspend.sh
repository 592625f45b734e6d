#!/bin/sh
# SPDX-License-Identifier: MIT
# Suspend: save and restore, checkpoint, migration, and what survives them.

CYCLES=${XTVM_CYCLES-3}

repeat() {
    number=0
    while [ $number -lt "$CYCLES" ]; do
        "$@"
        number=$((number + 1))
    done
}

# suspend_and_resume_slowly [COMMAND...]: a suspend without a save, then
# COMMAND, then a slow resume: Xen treats the same domain like a new one. The
# helper does not tell the store daemon, which then does not tell xl of a later
# suspend: do not use xl save afterwards.
suspend_and_resume_slowly() {
    [ "$case_failed" ] && return 1
    store_write data/testing '{"when":"now","action":"suspend"}'
    until_reason 2
    "$@"
    resume_slowly
}

resume_slowly() {
    [ "$case_failed" ] && return 1
    xen-domain resume "$domid" slow >"$XTVM_WORK/save.log" 2>&1 ||
        fail "slow resume: $(cat "$XTVM_WORK/save.log")"
    until_state ready
}

# Cause more events than fit into the ring: the ring ends with a part of one.
write_many() {
    writes=40
    while [ $writes -gt 0 ]; do
        store_write data/testing '{"when":"now","action":"ignore","id":"m"}'
        writes=$((writes - 1))
    done
}

scenario() {
    # A save of 64 MiB takes an emulated host 5 s.
    times_of 16 64
    large=$times
    for memory in 1 "$large"; do
        case_of "$CYCLES times xl save and xl restore, $memory MiB"
        needs_save
        vm_start "memory = $memory"
        is feature-suspend "$(store_read control/feature-suspend)" 1
        repeat save_and_restore
        counts "$CYCLES" "$CYCLES" 0
        until_console "resumed as domain $domid"
        is "the lines that say so" \
            "$(console_count 'suspend: resumed after')" "$CYCLES"
        obeys
        request poweroff
        until_reason 0

        case_of "$CYCLES times xl save -c, $memory MiB: the same domain goes on"
        needs_save
        vm_start "memory = $memory"
        repeat checkpoint
        counts "$CYCLES" 0 "$CYCLES"
        is "the announcements" "$(vm_console | grep -c 'boot: xen-test-vm')" 1
        obeys
        request poweroff
        until_reason 0
    done

    # PV with 1 MiB has no room for the log of dirty pages: seen on Xen 4.14.
    case_of "$CYCLES live migrations to the same host"
    vm_start "memory = $large"
    repeat migrate
    counts "$CYCLES" "$CYCLES" 0
    obeys
    request poweroff
    until_reason 0

    # By event channel: the armed command would catch a request in the node.
    case_of "an armed command survives and fires in the new domain"
    vm_start 'extra = "suspend-event-channel"'
    command_of '{"when":"onshutdown","ack":"late","action":"crash","id":"a"}'
    until_state armed
    save_and_restore
    counts 1 1 0 armed
    checkpoint
    counts 2 1 1 armed
    request poweroff
    until_reason 3
    is "the node" "$(store_read control/shutdown)" late
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        '"id": "a", "result": "done"'

    case_of "xl save -p leaves the domain paused; after an unpause it obeys"
    needs_save
    vm_start
    xl save -p "$vm" "$XTVM_WORK/save" >/dev/null 2>&1
    is "xl domid" "$(xl domid "$vm")" "$domid"
    xl unpause "$vm"
    counts 1 0 1
    obeys

    case_of "a lent page is lent again in the new domain"
    vm_start 'extra = "self-test"'
    save_and_restore
    until_store data/xen-test-vm/self-test/grant 8
    if can_check "the page"; then
        is "the page" "$(xen-domain read-grant "$domid" 8)" \
            "lent by xen-test-vm"
    fi
    obeys

    case_of "by event channel, if the command line says so"
    vm_start 'extra = "suspend-event-channel"'
    is "the port is there" \
        "$(store_read device/suspend/event-channel | grep -c '^[1-9]')" 1
    repeat save_and_restore
    counts "$CYCLES" "$CYCLES" 0
    is "the requests" "$(store_read data/xen-test-vm/requests)" 0
    is "the events" "$(console_count 'asked for by event channel')" \
        "$CYCLES"
    obeys

    case_of "a suspend by command without a save: a resume brings the VM back"
    if [ ! "$has_helper" ]; then
        skip_case "xen-domain, a helper of the emulated host, is missing"
    else
        vm_start
        store_write data/testing '{"when":"now","action":"suspend","id":"s"}'
        until_reason 2
        is "the state" "$(store_read data/xen-test-vm/state)" suspending
        has "the answer" "$(store_read data/xen-test-vm/reply)" '"started"'
        xen-domain resume "$domid" fast
        until_reply "done"
        counts 1 0 1
        obeys
    fi

    case_of "$CYCLES slow resumes: the VM knows that it is the same domain"
    if [ ! "$has_helper" ]; then
        skip_case "xen-domain, a helper of the emulated host, is missing"
    else
        vm_start 'extra = "self-test suspend-event-channel"'
        until_store data/xen-test-vm/self-test/grant 8
        port=$(store_read device/suspend/event-channel)
        repeat suspend_and_resume_slowly
        counts "$CYCLES" 0 "$CYCLES"
        is "the announcements" "$(vm_console | grep -c 'boot: xen-test-vm')" 1
        is "the port" "$(store_read device/suspend/event-channel)" "$port"
        is "the grant" "$(store_read data/xen-test-vm/self-test/grant)" 8
        is "the page" "$(xen-domain read-grant "$domid" 8)" \
            "lent by xen-test-vm"
        suspend_and_resume_slowly write_many
        until_store data/xen-test-vm/commands "$((CYCLES + 2))"
        counts "$((CYCLES + 1))" 0 "$((CYCLES + 1))"
        obeys
    fi

    case_of "xl suspend and xl resume"
    if ! xl help | grep -q '^ *suspend '; then
        skip_case "this xl has no suspend: it came after Xen 4.17"
    else
        vm_start
        xl suspend "$vm" >"$XTVM_WORK/save.log" 2>&1 ||
            fail "xl suspend: $(cat "$XTVM_WORK/save.log")"
        is "the state" "$(store_read data/xen-test-vm/state)" suspending
        xl resume "$vm" >"$XTVM_WORK/save.log" 2>&1 ||
            fail "xl resume: $(cat "$XTVM_WORK/save.log")"
        counts 1 0 1
        obeys
    fi

    case_of "a request between acknowledgement and suspend is not lost"
    if [ ! "$has_helper" ]; then
        skip_case "xen-domain, a helper of the emulated host, is missing"
    else
        vm_start
        xl pause "$vm"
        store_write data/testing '{"when":"now","action":"suspend"}'
        request poweroff
        xl unpause "$vm"
        until_reason 2
        xen-domain resume "$domid" fast
        until_reason 0
    fi

    case_of "a suspend request that is ignored: the VM still obeys"
    vm_start
    command_of '{"when":"onshutdown","ack":"ok","action":"ignore"}'
    until_state armed
    request suspend
    until_state ready
    counts 0 0 0
    obeys
    save_and_restore
    counts 1 1 0

    end_of_scenario
}
