#!/bin/sh
# SPDX-License-Identifier: MIT
# Live migration between hosts, which may have different Xens.

# shellcheck source=tests/xl/devices.sh
. "$here/devices.sh"
# shellcheck source=tests/xl/sizes.sh
. "$here/sizes.sh"
# shellcheck source=tests/xl/pool.sh
. "$here/pool.sh"
CYCLES=${XTVM_CYCLES:-4}

# cut_after BYTES: try to migrate, and cut the link after BYTES bytes of the
# sender.
cut_after() {
    [ "$case_failed" ] && return 1
    printf '#!/bin/sh\nhead -c %s | %s\n' "$1" "$(receiver 2)" >"$XTVM_WORK/cut"
    chmod +x "$XTVM_WORK/cut"
    xl migrate -s "" "$vm" "$XTVM_WORK/cut" >"$XTVM_WORK/save.log" 2>&1
    status=$?
    skip_without_log_dirty
    # xl of Xen 4.14 and 4.17 sometimes ends by a segmentation fault.
    if [ $status -ge 128 ]; then
        echo "# xl was ended by signal $((status - 128))"
    elif [ $status -eq 0 ]; then
        fail "xl migrate does not notice that the link is cut"
    else
        has "what xl says" "$(cat "$XTVM_WORK/save.log")" "resuming at sender"
    fi
}

# The command of a receiver on host 2 that is killed as soon as its domain is
# there.
dying_receiver() {
    cat >"$XTVM_WORK/dies" <<EOF
#!/bin/sh
exec on 2 --stream sh -c '
    { until xl domid $vm--incoming; do sleep 0.1; done
      kill -KILL \$\$; } >/dev/null 2>&1 &
    exec xl migrate-receive'
EOF
    chmod +x "$XTVM_WORK/dies"
    echo "$XTVM_WORK/dies"
}

# A receiver that was killed leaves the half-made domain on host 2.
destroy_half_made() {
    [ "$case_failed" ] && return 1
    at 2
    [ "$(number_of "$vm--incoming")" ] || fail "host 2 has no half-made domain"
    xl destroy "$vm--incoming"
    at 1
}

# is_checkpointed COUNT: the VM has gone on after COUNT checkpoints, or never
# will.
is_checkpointed() {
    lacks_log_dirty || [ "$(store_read data/xen-test-vm/cancels)" -ge "$1" ]
}

# carry NUMBER: save the VM, carry the file to this host, and restore it there.
carry() {
    [ "$case_failed" ] && return 1
    from=$host file=/tmp/$vm.saved
    xl save "$vm" "$file" >"$XTVM_WORK/save.log" 2>&1 ||
        { fail "xl save: $(cat "$XTVM_WORK/save.log")"; return 1; }
    run_on "$from" sh -c "on $1 --stream sh -c 'cat >$file' <$file"
    at "$1"
    xl restore "$file" >"$XTVM_WORK/save.log" 2>&1
}

# The VM of carry() is here, with its command.
is_carried() {
    [ "$case_failed" ] && return 1
    for number in 1 2; do
        run_on $number rm -f "$file"
    done
    domid=$(number_of "$vm")
    counts 1 1 0 armed
    request poweroff
    until_reason 3
}

# Whether Xen of host 2 is newer than Xen of host 1.
is_upgrade() {
    [ "$(version_on 1)" != "$(version_on 2)" ]
}

# Each host gets a network of the same kind.
networks_start() {
    for host in $hosts; do
        at "$host"
        network_start 9
    done
    at 1
}

networks_end() {
    for host in $hosts; do
        at "$host"
        echo "$bridge" >"$XTVM_WORK/bridge"
        bridge_end
    done
    at 1
}

is_taken_over() {
    [ "$(number_of "$vm")" ]
}

scenario() {
    has_hosts "migration" || return
    networks_start

    case_of "a command, a program and a delay live on"
    vm_start "memory = 16"
    command_of '{"when":"onshutdown","request":"poweroff","ack":"late",
        "action":"crash","id":"a"}'
    until_state armed
    cross 2
    counts 1 1 0 armed
    until_console "resumed as domain $domid"
    request poweroff
    until_reason 3
    is "the node" "$(store_read control/shutdown)" late
    has "the answer" "$(store_read data/xen-test-vm/reply)" \
        '"id": "a", "result": "done"'

    case_of "memory is changed all the time, and arrives whole"
    vm_start "memory = 16"
    command_of '{"when":"now","action":"dirty","mib":8,"mib_per_s":10,
        "seconds":0}'
    until_state busy
    cross 2
    counts 1 1 0 busy
    result_of '"action":"dirty","mib":8,"mib_per_s":0,"seconds":1'
    has "the answer" "$reply" '"words_wrong": 0'
    obeys

    if can_check "memory and vCPUs"; then
        # A live migration fails if a page goes while it is copied. The balloon
        # rests half-way.
        case_of "on its way to more memory"
        vm_start "memory = 16"
        begun=$(pages)
        mem_set 8
        until_less 8192
        result_of '"action":"balloon","mode":"partial","percent":50'
        mem_set 16
        until_less 4096
        cross 2
        result_of '"action":"balloon","mode":"obey"'
        until_less 0
        counts 1 1 0
        obeys

        # The copy lacks the pages that came after its begin.
        case_of "it grows meanwhile"
        vm_start "memory = 64"
        begun=$(pages)
        mem_set 8
        until_less 57344
        result_of '"action":"balloon","mode":"slow","kib_per_s":1000'
        mem_set 64
        cross 2
        result_of '"action":"balloon","mode":"obey"'
        until_less 0
        counts 1 1 0
        obeys

        # On the other host Xen permits no more than the target.
        case_of "with more memory than its target"
        vm_start "memory = 16"
        begun=$(pages)
        result_of '"action":"balloon","mode":"partial","percent":50'
        mem_set 8
        until_less 4096
        xl migrate -s "" "$vm" "$(receiver 2)" >"$XTVM_WORK/save.log" 2>&1 &&
            fail "xl migrate succeeds"
        is_here_alone
        result_of '"action":"balloon","mode":"obey"'
        until_less 8192
        cross 2
        until_less 8192
        obeys

        case_of "vCPUs"
        vm_start "memory = 16" "vcpus = 2" "maxvcpus = 4"
        until_online 2
        vcpu_set 4
        until_online 4
        cross 2
        until_online 4
        vcpu_set 1
        until_online 1
        obeys
    fi

    case_of "a disk at work"
    disk_image 8
    vm_start "memory = 16" "$(disk_line rw)"
    disk_is_busy 3 8 7
    cross 2
    disk_was_busy
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",\"op\":\"verify\",\
\"mib\":8,\"seed\":3"
    has "the answer" "$reply" '"result": "done"'

    case_of "a network"
    vm_start "memory = 16" "$(vif_line)" "extra = \"ip=$vm_ip\""
    until_phase "$VIF" connected
    pings 10
    cross 2
    until_phase "$VIF" connected
    pings 10
    obeys

    times_of "100 1000000" "1 100 10000 1000000 10000000"
    for bytes in $times; do
        case_of "the link is cut after $bytes bytes"
        vm_start "memory = 16"
        cut_after "$bytes"
        is_here_alone
        counts "$(store_read data/xen-test-vm/suspends)" 0 \
            "$(store_read data/xen-test-vm/suspends)"
        cross 2
        obeys
    done

    case_of "the receiver refuses"
    vm_start "memory = 16"
    xl migrate -s "" "$vm" "on 2 --stream false" \
        >"$XTVM_WORK/save.log" 2>&1 && fail "xl migrate succeeds"
    is_here_alone

    case_of "the receiver dies"
    vm_start "memory = 16"
    xl migrate -s "" "$vm" "$(dying_receiver)" >"$XTVM_WORK/save.log" 2>&1 &&
        fail "xl migrate succeeds"
    skip_without_log_dirty
    destroy_half_made
    is_here_alone
    cross 2
    obeys

    # Only memory is copied, five times a second.
    case_of "Remus: the other host takes over"
    vm_start "memory = 16"
    xl remus -F -n -d -i 200 -s "" "$vm" "$(receiver 2) -r" \
        >"$XTVM_WORK/save.log" 2>&1 &
    remus=$!
    until_true "there are checkpoints" is_checkpointed 3
    skip_without_log_dirty
    command_of '{"when":"now","action":"ignore"}'
    count=$(store_read data/xen-test-vm/cancels)
    until_true "there are more of them" is_checkpointed $((${count:-0} + 3))
    kill -KILL $remus
    xl destroy "$vm"
    at 2
    until_true "the other host has it" is_taken_over
    [ "$case_failed" ] || domid=$(number_of "$vm")
    until_console "resumed as domain $domid"
    is_here_alone

    times_of 16 64
    for memory in 1 "$times"; do
        case_of "a saved file, $memory MiB"
        vm_start "memory = $memory"
        command_of '{"when":"onshutdown","request":"poweroff",
            "ack":"late","action":"crash"}'
        until_state armed
        carry 2 || fail "xl restore: $(cat "$XTVM_WORK/save.log")"
        is_carried

        # Xen does not take a PVH guest of a newer one.
        case_of "a saved file of host 2, $memory MiB"
        at 2
        vm_start "memory = $memory"
        command_of '{"when":"onshutdown","request":"poweroff",
            "ack":"late","action":"crash"}'
        until_state armed
        if carry 1; then
            is_carried
        elif is_upgrade && [ "$XTVM_TYPE" = pvh ]; then
            at 2
            xl restore "${file-}" >"$XTVM_WORK/save.log" 2>&1 ||
                fail "xl restore: $(cat "$XTVM_WORK/save.log")"
            is_carried
        else
            fail "xl restore: $(cat "$XTVM_WORK/save.log")"
        fi
    done

    case_of "$CYCLES live migrations, there and back again"
    vm_start "memory = 16"
    if is_upgrade; then
        skip_case "the other host has another Xen"
    fi
    number=0
    while [ $number -lt "$CYCLES" ]; do
        number=$((number + 1))
        cross $((number % 2 + 1))
        counts $number $number 0
    done
    is "the migrations" "$number" "$CYCLES"
    [ "$number" -gt 0 ] || fail "no migration"
    obeys

    # The clocks of the hosts may be far apart, and of different rates. A
    # request in the node would wait for the end of the delay.
    case_of "a delay takes its time"
    vm_start "memory = 16" 'extra = "suspend-event-channel"'
    read_clock
    from=$now
    command_of '{"when":"now","action":"poweroff","action_delay_ms":30000}'
    until_state waiting
    cross 2
    until_state waiting
    until_reason 0
    read_clock
    took=$((now - from))
    if [ $took -lt 29 ] || [ $took -gt 60 ]; then
        fail "a delay of 30 s took $took s"
    fi

    case_of "through all hosts, with all devices"
    disk_image 8
    vm_start "memory = 16" "vcpus = 2" "maxvcpus = 4" "$(vif_line)" \
        "$(disk_line rw)" "extra = \"ip=$vm_ip\""
    count=0
    for number in $hosts; do
        [ "$number" != 1 ] || continue
        count=$((count + 1))
        disk_is_busy "$number" 8 7
        cross "$number"
        disk_was_busy
        until_phase "$VIF" connected
        pings 10
        result_of '"action":"dirty","mib":8,"mib_per_s":0,"seconds":1'
        has "the answer" "$reply" '"words_wrong": 0'
        counts $count $count 0
    done
    result_of "\"action\":\"disk\",\"device\":\"$DISK\",\"op\":\"verify\",\
\"mib\":8,\"seed\":$number"
    has "the answer" "$reply" '"result": "done"'
    request poweroff
    until_reason 0
    end_case
    networks_end
    end_of_scenario
}
