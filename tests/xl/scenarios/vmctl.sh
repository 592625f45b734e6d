#!/bin/sh
# SPDX-License-Identifier: MIT
# vmctl: commands, answers, waiting and exit codes.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
mac=00:16:3e:12:34:56

# try STATUS ARGUMENT...: run vmctl, which must exit with STATUS. Sets out, err
# and took, its time in seconds.
try() {
    [ "$case_failed" ] && return 1
    expected=$1
    shift
    started=$(date +%s)
    "$vmctl" "$@" >"$XTVM_WORK/out" 2>"$XTVM_WORK/err"
    status=$?
    took=$(($(date +%s) - started))
    out=$(cat "$XTVM_WORK/out")
    err=$(cat "$XTVM_WORK/err")
    [ "$status" = "$expected" ] ||
        fail "vmctl $*: status $status, not $expected: $out$err"
}

# answer_is ID REST: vmctl printed an answer with these; ID may be a pattern.
answer_is() {
    [ "$case_failed" ] && return 1
    # shellcheck disable=SC2254 # a pattern
    case $out in
    '{"seq": '[1-9]*', "id": "'$1'", '"$2"'}') ;;
    *) fail "vmctl printed: $out$err" ;;
    esac
}

# try_beside STATUS COMMAND ARGUMENT...: as try, while another process writes
# COMMAND again and again.
try_beside() {
    [ "$case_failed" ] && return 1
    expected=$1
    text=$2
    shift 2
    while sleep 1; do store_write data/testing "$text"; done &
    writer=$!
    try "$expected" "$@"
    kill $writer
    wait $writer 2>/dev/null
    until_store data/testing ""
}

# destroy_when_written TEXT: destroy the domain before it sees the command.
destroy_when_written() {
    until_store data/testing "$1"
    xl destroy "$domid"
}

is_owner_of() {
    [ "$(owner_of "$1")" = "$domid" ]
}

# Unpause the VM when vmctl has found it and waits for the node to be free.
unpause_when_given() {
    until_true "control/testing is given away" is_owner_of control/testing
    xl unpause "$vm"
}

owner_of() {
    xenstore-ls -fp "/local/domain/$domid/${1%/*}" |
        sed -n "s|^/local/domain/$domid/$1 = .*(n\([0-9]*\).*|\1|p"
}

uuid_of() {
    xl vm-list | awk -v id="$domid" '$2 == id { print $1 }'
}

# command_fleet VM VM VM VM VM...: command all VMs of this case. The first three
# are told to hang.
command_fleet() {
    [ "$case_failed" ] && return 1
    fleet="${vm%-*-*}-*-$XTVM_SUFFIX"
    hanging="$1 $2 $3"
    try 0 "$fleet" now ignore --timeout "$WAIT_SECONDS"
    is "the sum" "$err" "vmctl: $# done, 0 failed"
    try 0 "$1" "$2" "$3" now hang
    shift 3
    try 3 "$fleet" now reboot --timeout 60
    has "the sum" "$err" "vmctl: $# done, 3 failed"
    for vm in $hanging; do
        has "what it says" "$err" "$vm: time-out after"
        xl destroy "$vm"
    done
    try 0 "$@" wait ready "$WAIT_SECONDS"
    save_fleet "$@"
}

# save_fleet VM VM...: save and restore all while vmctl waits for them.
save_fleet() {
    [ "$case_failed" ] && return 1
    "$vmctl" "$@" wait armed 3600 2>"$XTVM_WORK/waiter" &
    waiter=$!
    for vm; do
        domid=$(number_of "$vm")
        save_and_restore
    done
    try 0 "$@" onshutdown --action ignore --timeout "$WAIT_SECONDS"
    [ ! "$case_failed" ] || kill $waiter
    wait $waiter || fail "it did not follow: $(cat "$XTVM_WORK/waiter")"
    is "the sum" "$(tail -n 1 "$XTVM_WORK/waiter")" "vmctl: $# done, 0 failed"
}

scenario() {
    if ! find_vmctl; then
        skip_scenario "vmctl" \
            "there is no vmctl here: say XTVM_VMCTL=FILE"
        return
    fi

    case_of "now: each action that ends the domain, by domid"
    for row in poweroff:0 halt:0 reboot:1 crash:3; do
        vm_start
        try 0 "$domid" now "${row%:*}"
        answer_is 'vmctl-*-1' '"result": "done"'
        until_reason "${row#*:}"
        is "the node" "$(store_read data/testing)" ""
    done

    case_of "now, by name and by UUID, and the VM stays up"
    vm_start
    try 0 "$vm" now ignore
    answer_is 'vmctl-*-1' '"result": "done"'
    first=$out
    try 0 "$(uuid_of)" now ignore
    answer_is 'vmctl-*-1' '"result": "done"'
    [ "$first" != "$out" ] || fail "twice the same answer: $out"
    try 0 "$(uuid_of | tr a-f A-F)" now ignore --id 'my own \ "id"'
    answer_is 'my own \\\\ \\"id\\"' '"result": "done"'
    is "the commands" "$(store_read data/xen-test-vm/commands)" 3
    obeys

    case_of "onshutdown is armed, and does what it says"
    vm_start
    # shellcheck disable=SC1003 # a backslash, no quote
    try 0 "$vm" onshutdown --ack 'é "x" \n \' --action ignore --id é
    answer_is é '"result": "armed"'
    request poweroff
    # shellcheck disable=SC1003
    until_store control/shutdown 'é "x" \n \'
    try 0 "$vm" onshutdown --ack="$(printf 'a\tb\nc')" --action=ignore
    request reboot
    until_store control/shutdown "$(printf 'a\tb\nc')"
    try 0 "$vm" onshutdown --ack "" --action crash
    request poweroff
    until_reason 3
    is "the node" "$(store_read control/shutdown)" ""

    case_of "a refusal of the VM is status 1, with its sentence"
    vm_start
    try 1 "$vm" now dirty --mib 4000000000
    has "the answer" "$out" "would fit"
    try 1 "$vm" send 'no JSON'
    has "the answer" "$out" '"result": "refused"'
    try 1 "$vm" send -- '-1'
    has "the answer" "$out" '"result": "refused"'
    try 1 "$vm" send '{"when":"later","action":"ignore","id":"mine"}'
    answer_is mine '"result": "refused", "error": "unknown when: \"later\""'
    is "the texts refused" "$(store_read data/xen-test-vm/refused)" 4
    obeys

    case_of "what the VM would refuse is not sent, and named in its words"
    vm_start
    text='{"when":"now","action":"jump"}'
    try 1 "$vm" send "$text"
    why=${out#*'"error": "'}
    why=$(echo "${why%'"}'}" | sed 's/\\"/"/g')
    echo "$text" >"$XTVM_WORK/program"
    try 1 "$vm" program "$XTVM_WORK/program"
    is "what it says" "$err" "vmctl: refused, and not sent: $why"
    is "the texts refused" "$(store_read data/xen-test-vm/refused)" 1

    case_of "send: the text arrives unchanged, with its line ends"
    vm_start
    text='{"when": "onshutdown",
        "action": "ignore", "ack": "\u00e9\\" }

'
    store_write data/testing ""
    xl pause "$vm"
    try 0 "$vm" send --no-wait "$text"
    store_holds data/testing "$text" || fail "the node: $(
        store_read data/testing)"
    xl unpause "$vm"
    until_state armed
    request poweroff
    # shellcheck disable=SC1003 # a backslash, no quote
    until_store control/shutdown 'é\'
    # Equal texts are two commands: the node is empty in between.
    try 0 "$vm" send '{"when":"now","action":"ignore"}'
    try 0 "$vm" send '{"when":"now","action":"ignore"}'
    is "the commands" "$(store_read data/xen-test-vm/commands)" 3

    case_of "a program reaches the VM whole, with ids"
    vm_start
    cat >"$XTVM_WORK/program" <<END
[
    {"when": "onshutdown", "ack": "none", "action": "ignore"},
    {"when": "onshutdown", "action": "poweroff"}
]
END
    xl pause "$vm"
    try 0 "$vm" program "$XTVM_WORK/program" --no-wait
    is "the ids" "$(store_read data/testing | grep -c '"id":"vmctl-.*-[12]"')" 2

    case_of "control/testing is given to the guest if missing or dom0's"
    vm_start
    store_lacks control/testing || fail "control/testing is there"
    try 0 "$vm" now ignore --node control
    is "the node" "$(store_read control/testing)" ""
    is "its owner" "$(owner_of control/testing)" "$domid"
    xenstore-rm "/local/domain/$domid/control/testing"
    store_write control/testing ""
    is "its owner" "$(owner_of control/testing)" 0
    try 0 "$vm" now ignore --node=control
    is "its owner" "$(owner_of control/testing)" "$domid"
    # A command that the VM could not acknowledge, since dom0 owns the node.
    xenstore-rm "/local/domain/$domid/control/testing"
    store_write control/testing '{"when":"onshutdown","action":"ignore"}'
    until_state armed
    try 0 "$vm" now ignore --node control
    is "the node" "$(store_read control/testing)" ""
    is "the commands" "$(store_read data/xen-test-vm/commands)" 4
    obeys

    case_of "a command that the VM has not taken is not overwritten"
    vm_start
    xl pause "$vm"
    try 3 "$vm" now crash --timeout 5
    has "what it says" "$err" "time-out after 5 s: the command stands in"
    [ "$took" -ge 5 ] || fail "it took $took s"
    text=$(store_read data/testing)
    try 3 "$vm" now ignore --timeout 1
    has "what it says" "$err" "the command was not sent: $text"
    is "the node" "$(store_read data/testing)" "$text"
    xl unpause "$vm"
    until_reason 3

    case_of "a command waits until the node is free, and is obeyed"
    vm_start
    xl pause "$vm"
    store_write data/testing '{"when":"onshutdown","action":"crash","id":"a"}'
    (sleep 2; exec xl unpause "$vm") &
    try 0 "$vm" now ignore
    answer_is 'vmctl-*-1' '"result": "done"'
    is "the commands" "$(store_read data/xen-test-vm/commands)" 2
    obeys

    case_of "a command waits until the node is free, in the next domain"
    vm_start 'on_reboot = "restart"'
    xl pause "$vm"
    store_write control/testing '{"when":"now","action":"reboot"}'
    unpause_when_given &
    try 0 "$vm" onshutdown --action ignore --node control
    domid=$(number_of "$vm")
    until_state armed

    case_of "a domain that has ended gets no command"
    vm_start
    try 0 "$vm" now crash
    try 3 "$vm" now ignore --timeout 1
    has "what it says" "$err" "is stopping; the command was not sent"
    is "the node" "$(store_read data/testing)" ""

    case_of "now reboot and now poweroff when the domain is gone at once"
    vm_start 'on_reboot = "restart"' 'on_poweroff = "destroy"'
    for turn in 1 2 3; do
        old=$domid
        try 0 "$vm" now reboot
        [ "$out" ] || echo "# gone before its answer was read, turn $turn"
        try 0 "$vm" wait ready "$WAIT_SECONDS"
        domid=$(number_of "$vm")
        [ "$domid" != "$old" ] || fail "ready in the old domain, turn $turn"
    done
    # A VM given by domid is not followed.
    try 0 "$domid" now reboot
    try 0 "$domid" wait gone "$WAIT_SECONDS"
    try 4 "$domid" now ignore
    try 0 "$vm" wait ready "$WAIT_SECONDS"
    domid=$(number_of "$vm")
    try 0 "$vm" now poweroff
    try 0 "$vm" wait gone "$WAIT_SECONDS"
    try 4 "$vm" wait ready 2
    try 4 "$vm" status

    case_of "a domain that is gone without an answer"
    for row in 0:poweroff 0:crash 4:ignore; do
        vm_start
        xl pause "$vm"
        text='{"id":"a","when":"now","action":"'${row#*:}'"}'
        destroy_when_written "$text" &
        try "${row%:*}" "$domid" send "$text"
        is "the answer" "$out" ""
        has "what it says" "$err" "vmctl: domain $domid "
    done

    case_of "a VM is followed into another domain while vmctl waits for it"
    vm_start
    # 300 s: save and restore took over a minute on a busy emulated host.
    "$vmctl" "$vm" wait armed 300 2>"$XTVM_WORK/waiter" &
    waiter=$!
    save_and_restore
    try 0 "$vm" onshutdown --action ignore
    wait $waiter || fail "it did not see the new domain: $(
        cat "$XTVM_WORK/waiter")"
    counts 1 1 0 armed

    case_of "wait for a state or an answer, with and without success"
    vm_start
    try 0 "$vm" wait ready
    try 3 "$vm" wait armed 1
    has "what it says" "$err" "is ready, not armed"
    try 3 "$vm" wait answer --timeout 1
    try 3 "$vm" wait gone 1
    try_beside 1 '{"when":"later"}' "$domid" wait answer
    has "the answer" "$out" '"result": "refused"'
    try_beside 0 '{"when":"now","action":"ignore"}' "$vm" wait answer
    has "the answer" "$out" '"result": "done"'
    (sleep 2; exec xl destroy "$vm") &
    try 4 "$domid" wait armed
    has "what it says" "$err" "vmctl: "

    case_of "now suspend is over when it has started"
    vm_start
    try 0 "$vm" now suspend --id s
    answer_is s '"result": "started"'
    until_reason 2

    case_of "status and log"
    vm_start
    # shellcheck disable=SC1003
    try 0 "$vm" now ignore --id '"\'
    try 0 "$vm" status
    is "status" "$(echo "$out" | sed 's/^version: .*/version/')" "domid: $domid
state: ready
guest: $XTVM_TYPE
version
protocol: 1
cancels: 0
commands: 1
memory-errors: 0
refused: 0
requests: 0
resumes: 0
suspends: 0
withdrawn: 0
answer: {\"seq\": 1, \"id\": \"\\\"\\\\\", \"result\": \"done\"}"
    if [ -f "$logs/console/guest-$vm.log" ]; then
        for name in "$vm" "$domid" "$(uuid_of)"; do
            try 0 "$name" log
            has "the log" "$out" "boot: xen-test-vm"
        done
        xl destroy "$vm"
        try 0 "$vm" log
        has "the log" "$out" "boot: xen-test-vm"
    fi

    case_of "capabilities: the VM and vmctl know the same language"
    try 0 capabilities
    language=${out#*\"protocol\"} # their versions may differ
    vm_start
    try 0 "$vm" capabilities
    has "the answer" "$out" '"capabilities": {"version": "'
    has "the answer" "$out" "\"protocol\"$language}"
    obeys

    case_of "a disk and a network by each of their names"
    disk_image 1
    bridge_start
    vm_start "$(disk_line rw)" "vif = [\"bridge=$bridge,mac=$mac\"]"
    until_phase "$DISK" connected
    until_phase "$VIF" connected
    for name in "$DISK" xvda d0 51712 "$VIF" vif0 0 "$mac"; do
        try 0 "$vm" now frontend --device "$name"
        has "the answer for $name" "$out" '"phase": "connected"'
    done
    try 1 "$vm" now frontend --device 00:16:3e:ff:ff:ff
    has "what it says" "$err" "has no network with the MAC address"
    obeys
    end_case
    bridge_end

    case_of "many at once, one line for each"
    vm_start
    vm_start
    vm_start
    try 0 "${vm%-*-*}-*-$XTVM_SUFFIX" now ignore
    is "the answers" "$(echo "$out" | grep -c "^xtvm.*done")" 3
    is "the sum" "$err" "vmctl: 3 done, 0 failed"
    xl pause "$vm"
    try 1 "${vm%-*-*}-*-$XTVM_SUFFIX" report --timeout 3
    is "the answers" "$(echo "$out" | grep -c "^xtvm.*uptime_ms")" 2
    try 0 list
    has "the list" "$out" "$vm"
    xl unpause "$vm"

    case_of "a fleet is commanded, rebooted and saved; three of it hang"
    times_of 5 23
    set --
    while [ $# -lt "${XTVM_FLEET:-$times}" ] &&
        vm_start 'on_reboot = "restart"'; do
        set -- "$@" "$vm"
    done
    command_fleet "$@"

    case_of "watch shows what happens"
    vm_start
    timeout 20 "$vmctl" "$vm" watch --json >"$XTVM_WORK/watched" &
    until_true "it watches" grep -q ready "$XTVM_WORK/watched"
    try 0 "$vm" now ignore --id seen
    until_true "the answer is shown" grep -q '"id": "seen"' "$XTVM_WORK/watched"
    xl destroy "$vm"
    until_true "the end is shown" grep -q '"event": "ends"' "$XTVM_WORK/watched"

    case_of "no such VM, another kind of VM, a text that is too long"
    try 4 xtvm-no-such-vm now ignore
    has "what it says" "$err" "no such VM: xtvm-no-such-vm"
    try 4 00000000-0000-4000-8000-000000000000 status
    try 4 0 now crash
    try 4 99999 status
    try 0 99999 wait gone
    vm_start_paused
    try 1 "$vm" status
    has "what it says" "$err" "publishes nothing"
    try 1 "$vm" send "$(head -c 5000 /dev/zero | tr '\0' x)"
    has "what it says" "$err" "the text is too long"

    end_of_scenario
}
