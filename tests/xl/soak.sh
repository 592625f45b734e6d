#!/bin/sh
# SPDX-License-Identifier: MIT
# soak.sh - what `soak` does with one VM: it suspends, restores, migrates and
# reboots the VM, and sends it commands and requests, in any order.

# shellcheck disable=SC2034,SC2154 # for soak and lib.sh; set by soak

# shellcheck source=tests/xl/random.sh
. "$here/random.sh"

# --- expected values --------------------------------------------------------

# All but unwatched have the names of the VM's own counters.
forget_counters() {
    requests=0 commands=0 refused=0 suspends=0 resumes=0 cancels=0
    unwatched=
}

counters_are_right() {
    for counter in requests commands refused suspends resumes cancels; do
        eval "until_store data/xen-test-vm/$counter \$$counter"
    done
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
}

# Send a command or request, and add it to the expected counters.
say_command() {
    command_of "$1"
    commands=$((commands + 1))
}

say_request() {
    request "$1"
    requests=$((requests + 1))
    until_store data/xen-test-vm/requests "$requests"
}

until_answer() {
    until_true "$1 is answered $2" \
        reply_has "\"id\": \"$1\", \"result\": \"$2\""
}

# --- steps ------------------------------------------------------------------

step_save() {
    suspend_by save_and_restore
    resumes=$((resumes + 1))
    unwatched=
}

# The xl process that waits for the domain's end takes a checkpoint for the end,
# and exits. Restore and migration start a new process.
step_checkpoint() {
    suspend_by checkpoint
    cancels=$((cancels + 1))
    unwatched=yes
}

step_migrate() {
    suspend_by migrate
    resumes=$((resumes + 1))
    unwatched=
}

# suspend_by FUNCTION: suspend the VM. Half of the time a command is written
# just before, without waiting for its answer. If xl suspends by event channel,
# half of the time a command is armed before, and fires after the suspend.
suspend_by() {
    pending=
    last=
    [ "$by_channel" ] && pick 2 && [ "$picked" = 1 ] && pending=yes
    pick 2
    [ "$picked" = 1 ] && last=yes
    [ "$pending" ] && arm
    if [ "$last" ]; then
        # A refused command does not replace the armed one.
        store_write data/testing '{"when":"never","action":"ignore"}'
        refused=$((refused + 1))
    fi
    "$1"
    suspends=$((suspends + 1))
    [ "$by_channel" ] || requests=$((requests + 1))
    [ "$pending" ] || return 0
    until_state armed
    fire
}

arm() {
    pick_of ok none "some text"
    say_command '{"when":"onshutdown","action":"ignore","ack":"'"$picked"'",
        "id":"'"$step"'"}'
    until_answer "$step" armed
    until_state armed
}

fire() {
    pick_of poweroff reboot halt crash suspend "anything at all"
    say_request "$picked"
    until_answer "$step" "done"
}

step_reboot() {
    pick 3
    case $picked in
    0) request reboot ;;
    1) store_write data/testing '{"when":"now","action":"reboot"}' ;;
    2)
        say_command '{"when":"onshutdown","action":"reboot"}'
        until_state armed
        request poweroff
        ;;
    esac
    until_new_domain
    until_state ready
    forget_counters
}

step_fired() {
    arm
    fire
}

step_cancelled() {
    arm
    say_command '{"when":"now","action":"ignore","id":"c'"$step"'"}'
    until_answer "c$step" "done"
}

step_refused() {
    pick_of '' '{"when":"now"}' '{"when":"now","action":"jump"}' '[1, 2'
    # An empty choice becomes a space: a message, but not JSON.
    command_of "${picked:- }"
    refused=$((refused + 1))
}

step_request() {
    pick_of nonsense Poweroff "poweroff " '"'
    say_request "$picked"
    until_store control/shutdown ""
}

# Migration of PV needs a Xen with shadow paging, which is rare. A reboot needs
# an xl process that creates the new domain.
pick_step() {
    set -- save checkpoint fired cancelled refused request
    [ "$XTVM_TYPE" = pv ] || set -- "$@" migrate
    [ "$unwatched" ] || set -- "$@" reboot
    pick_of "$@"
    step_name=$picked
}

# --- the run ----------------------------------------------------------------

# Run one VM until the time is over.
run_one() {
    # Each type has its own sequence, which does not depend on the other's
    # speed.
    seed=$((first_seed * 2 + ${#XTVM_TYPE}))
    pick 1
    pick 2
    by_channel=
    case_name="soak: start, seed $first_seed ($XTVM_TYPE)"
    [ "$picked" = 1 ] && by_channel=suspend-event-channel
    pick_of 1 16
    echo "# $XTVM_TYPE: $picked MiB${by_channel:+, }$by_channel"
    vm_start "memory = $picked" 'on_reboot = "restart"' \
        "extra = \"$by_channel\""
    forget_counters
    step=0
    while [ "$(date +%s)" -lt "$deadline" ] && [ ! "$case_failed" ] &&
        [ ! -e "$work/stop" ]; do
        step=$((step + 1))
        pick_step
        case_name="soak: step $step, $step_name,"
        case_name="$case_name seed $first_seed ($XTVM_TYPE)"
        echo "$step $step_name" >>"$work/$XTVM_TYPE.steps"
        "step_$step_name"
        counters_are_right
        obeys
        commands=$((commands + 1))
    done
    case_name="soak: $step steps, seed $first_seed ($XTVM_TYPE)"
    [ "$step" -gt 0 ] || fail "there was no time for a step"
    if [ "$case_failed" ]; then
        [ "$step" = 0 ] || echo "# the last steps:" \
            "$(tail -n 10 "$work/$XTVM_TYPE.steps" | tr '\n' ',')"
        : >"$work/stop"
        vm_end_all
    elif [ -e "$work/stop" ]; then
        skip_case "the other type failed"
    fi
    end_of_scenario
}
