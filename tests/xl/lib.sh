#!/bin/sh
# SPDX-License-Identifier: MIT
# lib - functions for scenarios. Sourced by side-by-side and soak, never run.
#
# A scenario is a function called scenario: it begins cases with `case_of`,
# starts VMs with `vm_start` and checks results. The first check that fails,
# fails the case, and prints the VM's console, its store and Xen's log; the rest
# of the case is skipped. All waiting has a time limit.

: "${XTVM_SCENARIO?}" "${XTVM_TYPE?}" "${XTVM_IMAGE?}" "${XTVM_WORK?}"
: "${XTVM_SUFFIX?}" "${XTVM_MARK?}"

WAIT_SECONDS=120 # an operation of 1 s on an idle host took 40 s on a busy one
TOOLSTACK_SECONDS=600

# What the image of this machine needs, and what is behind its name.
case $(uname -m) in
aarch64) machine=arm64 least_mib=3 suffix=-arm64 ;;
*) machine=x86 least_mib=1 suffix= ;;
esac

logs=${XTVM_LOGS-/var/log/xen}

# Helpers of the emulated host; without them a scenario takes longer or skips
# cases.
has_helper=$(command -v xen-domain)
has_store_helper=$(command -v xen-store)
has_text_helper=$(command -v xen-text)
case_number=0
case_name=
case_failed=
exec 3>&1 4>&2
all_path=$PATH
vm=
reply=
domid=
vms=
no_monitor=

# --- cases ------------------------------------------------------------------

case_of() {
    end_case
    case_name="$XTVM_SCENARIO: $* ($XTVM_TYPE)"
    case_failed=
    domid=
    monitored=
    if is_wanted "$XTVM_SCENARIO: $*"; then
        read_clock
        case_began=$now.$part
        xen_log_begins
    else
        case_failed=unwanted
        idle
    fi
}

# is_wanted NAME: whether the next case, of this name, is to run: with XTVM_CASE
# only that one, and with XTVM_PART=2/3 the first one, the second, the fifth and
# so on.
is_wanted() {
    case_number=$((case_number + 1))
    if [ "${XTVM_CASE-}" ]; then
        [ "$XTVM_CASE" = "$1" ]
        return
    fi
    [ ! "${XTVM_PART-}" ] || [ $case_number -eq 1 ] ||
        [ $(((case_number - ${XTVM_PART%/*}) % ${XTVM_PART#*/})) -eq 0 ]
}

# For the rest of the case no program is found, and all output is dropped. There
# is no VM, and xl takes an empty name for domain 0. Variables that the case
# would have set may be missing.
idle() {
    set +u
    # shellcheck disable=SC2123 # that is meant
    PATH=/nowhere
    exec >/dev/null 2>&1
}

# Undo idle().
heard() {
    set -u
    PATH=$all_path
    exec >&3 2>&4
}

# Whatever comes before the next case runs, also after a case that failed or was
# not wanted.
end_case() {
    heard
    if [ "$case_name" ]; then
        [ "$case_failed" ] || result "ok - $case_name"
        vm_end_all
    fi
    case_name=
    case_failed=
}

# skip_case REASON...: skip the rest of the case.
skip_case() {
    result "ok - $case_name # SKIP $*"
    case_name=
    case_failed=skipped
    vm_end_all
    idle
}

# How a fault without a handler ends a domain. On x86 that of PVH is a triple
# fault, which is a reboot.
fault_reason() {
    [ $machine-"$XTVM_TYPE" = x86-pvh ] && echo 1 || echo 3
}

# Skip the case if Xen gives a domain its maximum from the start: on Arm it
# populates none on demand.
needs_growth() {
    [ $machine = x86 ] ||
        skip_case "a domain on Arm cannot start below its maximum"
}

# skip_scenario NAME REASON...: skip all cases; NAME stands for them.
skip_scenario() {
    case_name="${XTVM_CASE-$XTVM_SCENARIO: $1} ($XTVM_TYPE)"
    shift
    skip_case "$@"
    end_of_scenario
}

# result LINE: print the result of the case, and a line for the report: when the
# case began and ended, in seconds since the host's boot.
result() {
    echo "$1"
    read_clock
    echo "#case $case_began $now.$part"
}

# uses TOOL...: the programs that a file runs. If dom0 lacks one of these, the
# scenario fails and ends. tools/check/scenario-tools compares the names with
# the files. Other files need not name what this file names.
uses() {
    heard
    missing=
    for tool; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    [ "$missing" ] || return 0
    end_case
    case_name="$XTVM_SCENARIO: its tools ($XTVM_TYPE)"
    fail "dom0 lacks$missing"
    end_of_scenario
    exit
}

# Fail the current case, once.
fail() {
    [ "$case_failed" ] && return 1
    case_failed=yes
    result "not ok - $case_name"
    {
        echo "$*"
        [ ! "${XTVM_RUN-}" ] || echo "repeat with: $(repeat_with)"
        echo "--- console of ${vm:-no VM}"
        [ "$vm" ] && vm_console | tail -n 100
        echo "--- store of domain ${domid:-none}"
        [ "$domid" ] && xenstore-ls -fp "/local/domain/$domid" 2>&1
        echo "--- domains"
        xl list -v
        echo "--- xl's log of ${vm:-no VM}"
        [ "$vm" ] && xl_log
        echo "--- hypervisor, since the case began"
        xen_log_since
    } 2>&1 | sed 's/^/#   /'
    return 1
}

# quote WORD: print the word quoted for a shell.
quote() {
    echo "'$(echo "$1" | sed "s/'/'\\\\''/g")'"
}

# Print the command that runs the current case alone, as it ran now.
repeat_with() {
    for name in ALONE CYCLES DUMPS EXACT EXAMPLES FLEET LOGS LONG SEED VMCTL; do
        eval "value=\${XTVM_$name-}"
        [ ! "$value" ] || printf 'XTVM_%s=%s ' $name "$(quote "$value")"
    done
    echo "$XTVM_RUN $XTVM_IMAGE $(quote "$case_name")"
}

# Print what the xl processes have logged that xl leaves for the VM.
xl_log() {
    cat "$logs/xl-$vm.log" "$logs/xl-$vm--incoming.log" 2>/dev/null |
        tail -n 40
}

# Keep the end of Xen's log, to know later which lines are new. Cases that run
# side by side have begun before.
xen_log_begins() {
    [ "${side_by_side-}" ] || xen_log 3 >"$XTVM_WORK/xen.log"
}

# xen_log [LINES]: print Xen's log, or the last lines of it.
xen_log() {
    if [ "$has_helper" ]; then
        xen-domain log "$@"
    else
        xl dmesg | tail -n "${1-+1}"
    fi
}

# Print the new lines of Xen's log, without those that each save and restore of
# a PVH domain causes. If the old ones are not there any more, all lines are
# new.
xen_log_since() {
    xen_log | awk -v file="$XTVM_WORK/xen.log" '
        BEGIN { while ((getline text < file) > 0) old = old "\n" text }
        {
            line[NR] = $0
            end = "\n" line[NR - 2] "\n" line[NR - 1] "\n" $0
            if (end == old) new = NR
        }
        END {
            for (at = new + 1; at <= NR; at++)
                if (line[at] !~ /^\(XEN\) (\[[^]]*\] )?HVM.* (save|restore): /)
                    print line[at]
        }' | tail -n 40
}

end_of_scenario() {
    end_case
    read_clock
    echo "# end of $XTVM_SCENARIO ($XTVM_TYPE), \
$((now - began)) s"
}

# can_check WHAT: xen-domain, which checks WHAT, is there. If it is not, say so.
can_check() {
    [ "$has_helper" ] && return
    echo "# $case_name: $1 is not checked: that needs xen-domain"
    return 1
}

# is WHAT ACTUAL EXPECTED: the two texts are equal.
is() {
    [ "$case_failed" ] && return 1
    [ "$2" = "$3" ] || fail "$1 is \"$2\", not \"$3\""
}

# has WHAT TEXT PART: TEXT contains PART.
has() {
    [ "$case_failed" ] && return 1
    case $2 in
    *"$3"*) return 0 ;;
    *) fail "$1 lacks \"$3\": $2" ;;
    esac
}

# Sets $now and $part: seconds since the host's boot, and 1/100 s. It starts no
# process, since that takes 10 ms and more on an emulated host.
read_clock() {
    IFS='. ' read -r now part _ </proc/uptime
}

read_clock
began=$now
case_began=$now.$part

# times_of FEW MANY: sets $times to one of them: the number of repetitions, or
# the values of a loop.
# shellcheck disable=SC2034 # for scenarios
times_of() {
    times=$1
    case ",${XTVM_LONG-}," in
    ,all, | *",$XTVM_SCENARIO,"*) times=$2 ;;
    esac
}

# within SECONDS COMMAND...: run a command with another limit for waiting. The
# command may do the same.
within() {
    usual="$WAIT_SECONDS ${usual-}"
    WAIT_SECONDS=$1
    shift
    "$@"
    WAIT_SECONDS=${usual%% *}
    usual=${usual#* }
}

waited_in_vain() {
    fail "waited $WAIT_SECONDS s in vain: $1"
}

# until_true WHAT COMMAND...: repeat the command until it succeeds, or fail the
# case. The pauses grow to 0.5 s: other scenarios need the CPU.
until_true() {
    [ "$case_failed" ] && return 1
    what=$1
    shift
    "$@" >/dev/null 2>&1 && return
    read_clock
    limit=$((now + WAIT_SECONDS))
    pause=1
    until "$@" >/dev/null 2>&1; do
        read_clock
        [ "$now" -lt "$limit" ] || { waited_in_vain "$what"; return 1; }
        sleep 0.$pause
        [ $pause -eq 5 ] || pause=$((pause + 1))
    done
}

# until_helper WHAT COMMAND...: the command, a helper that waits by itself,
# succeeds; status 3 is its time-out. Its output goes to $XTVM_WORK/helper. A
# process that waits costs dom0 less than a process for each look.
until_helper() {
    [ "$case_failed" ] && return 1
    what=$1
    shift
    "$@" >"$XTVM_WORK/helper" 2>&1
    case $? in
    0) ;;
    3) waited_in_vain "$what" ;;
    *) fail "$what: $(cat "$XTVM_WORK/helper")" ;;
    esac
}

# --- VMs --------------------------------------------------------------------

# vm_start [LINE...]: create a VM, with more lines for its configuration, and
# wait until it is ready. Dead domains are kept, so that scenarios can inspect
# them.
vm_start() {
    vm_create -q "$@" && until_state ready
}

# vm_start_paused [LINE...]: create a VM that does not run before `xl unpause`.
vm_start_paused() {
    vm_create -pq "$@"
}

# vm_create OPTIONS [LINE...]: create a VM with these options of xl create.
vm_create() {
    [ "$case_failed" ] && return 1
    options=$1
    shift
    vm_name
    set_monitor "$@"
    {
        echo "name = \"$vm\""
        echo "uuid = \"$uuid\""
        echo "type = \"$XTVM_TYPE\""
        echo "kernel = \"$XTVM_IMAGE\""
        echo "memory = $least_mib"
        echo "vcpus = 1"
        # With ACPI xl cannot set the memory of a guest on Arm.
        [ $machine = x86 ] || echo "acpi = 0"
        dead_are_kept
        for line; do echo "$line"; done
    } >"$config"
    vm_made
}

# xl_watches: for the rest of the case, `xl create` leaves its process in the
# background, which waits for the VM's end. Otherwise, on an emulated host, it
# does so only if the configuration says what comes after that end: each of
# these processes looks at each domain that ends, which takes dom0's time.
xl_watches() {
    monitored=yes
}

# set_monitor [LINE...]: sets no_monitor, an option for xl, or leaves it empty.
set_monitor() {
    [ "$has_helper" ] || return 0
    case "${monitored-} $*" in
    yes* | *" on_"*) ;;
    *) no_monitor=-e ;;
    esac
}

# Sets vm and uuid, the name and UUID of the next VM, and config, the file for
# its configuration. xl will watch the VM.
vm_name() {
    read -r random </proc/sys/kernel/random/uuid
    uuid=$XTVM_MARK-${random#*-*-*-}
    vm_count=$((${vm_count-0} + 1))
    vm=xtvm-$XTVM_SCENARIO-$XTVM_TYPE-$vm_count-$XTVM_SUFFIX
    vms="$vms $vm"
    config=$XTVM_WORK/$vm.cfg
    no_monitor=
}

dead_are_kept() {
    for end in poweroff reboot crash watchdog; do
        echo "on_$end = \"preserve\""
    done
}

# Create the VM of $config, with $options.
vm_made() {
    domid=
    # shellcheck disable=SC2086 # an option or nothing
    xl create "$options" $no_monitor "$config" \
        >"$XTVM_WORK/create.log" 2>&1 ||
        { fail "xl create: $(cat "$XTVM_WORK/create.log")"; return 1; }
    domid=$(number_of "$vm")
}

# number_of NAME: the number of its domain, if there is one.
number_of() {
    if [ "$has_store_helper" ]; then
        xen-store domid "$1"
    else
        xl domid "$1"
    fi
}

vm_end_all() {
    for name in $vms; do
        xl destroy "$name" >/dev/null 2>&1
    done
    vms=
    vm=
}

# Print the VM's console, from the logs of xenconsoled: the ring may have
# another reader. A domain has another name while it migrates, and its log keeps
# that name.
vm_console() {
    log=$logs/console/guest-$vm
    [ -f "$log.log" ] ||
        echo "(no log in $logs/console: xenconsoled --log=guest)"
    cat "$log.log" "$log--incoming.log" 2>/dev/null
}

console_has() {
    log=$logs/console/guest-$vm
    grep -qsF -- "$1" "$log.log" "$log--incoming.log"
}

# console_count TEXT: the number of lines that contain it. Equal lines count
# once: a line of a PV guest that nobody had read before a save is read from
# both domains.
console_count() {
    vm_console | tr -d '\r' | grep -F -- "$1" | sort -u | wc -l | tr -d ' '
}

# log_ms TEXT: the time of the last line that contains it, in ms of the guest's
# clock.
log_ms() {
    vm_console | grep -F -- "$1" | tail -n 1 |
        sed 's/^\[ *\([0-9]*\)\.\([0-9]*\)\].*/\1\2/; s/^0*\([0-9]\)/\1/'
}

# took MS FROM TO: at least MS are between the two lines. 10 % and 5 ms less is
# accepted, since the first line may be written a little after the clock is
# read.
took() {
    until_console "$3"
    [ "$case_failed" ] && return 1
    between=$(($(log_ms "$3") - $(log_ms "$2")))
    [ "$between" -ge $(($1 * 9 / 10 - 5)) ] ||
        fail "$between ms from \"$2\" to \"$3\", not $1"
}

until_console() {
    if [ "$has_text_helper" ]; then
        log=$logs/console/guest-$vm
        until_helper "console says: $1" \
            xen-text "$WAIT_SECONDS" "$1" "$log.log" "$log--incoming.log"
        return
    fi
    until_true "console says: $1" console_has "$1"
}

# Print Xen's shutdown reason, "-" while the domain runs. The helper of the
# emulated host is ten times faster than xl, which matters since scenarios ask
# often.
vm_reason() {
    if [ "$has_helper" ]; then
        xen-domain reason "$domid"
        return
    fi
    xl list -v "$vm" | awk -v name="$vm" '$1 == name { print $8 }'
}

# Print the CPU time of the domain, in ns. Needs the emulated host's helper.
cpu_time() {
    xen-domain info "$domid" | sed -n 's/^cpu_time_ns=//p'
}

# Wait until the VM uses no CPU time. On a busy host, the console daemon and the
# last writes of the toolstack may come late after a start.
until_idle() {
    until_true "it comes to rest" is_idle
}

is_idle() {
    earlier=$(cpu_time)
    sleep 2
    [ "$(cpu_time)" = "$earlier" ]
}

reason_is() {
    [ "$(vm_reason)" = "$1" ]
}

until_reason() {
    if [ "$has_helper" ]; then
        until_helper "the domain ends with reason $1" \
            xen-domain wait "$WAIT_SECONDS" "$domid" reason "$1"
        return
    fi
    until_true "the domain ends with reason $1" reason_is "$1"
}

# xl has created the VM again, after a reboot.
has_new_number() {
    new=$(number_of "$vm") && [ "$new" ] && [ "$new" != "$domid" ]
}

until_new_domain() {
    what="there is a new domain"
    if [ "$has_store_helper" ]; then
        until_helper "$what" \
            xen-store next "$WAIT_SECONDS" "$vm" "$domid"
        [ "$case_failed" ] || read -r domid <"$XTVM_WORK/helper"
        return
    fi
    until_true "$what" has_new_number
    [ "$case_failed" ] || domid=$new
}

# is_gone [NAME]: the VM is gone; without NAME, the current one.
is_gone() {
    ! number_of "${1-$vm}"
}

until_gone() {
    if [ "$has_store_helper" ]; then
        until_helper "${1-$vm} is gone" \
            xen-store gone "$WAIT_SECONDS" "${1-$vm}"
        return
    fi
    until_true "${1-$vm} is gone" is_gone "$@"
}

# The domain exists and runs.
still_up() {
    is "the domain's shutdown reason" "$(vm_reason)" -
}

# --- its part of the store --------------------------------------------------

store_read() {
    if [ "$has_store_helper" ]; then
        xen-store read "/local/domain/$domid/$1"
        return
    fi
    # -R: the raw value, without escapes and an added line end.
    xenstore-read -R "/local/domain/$domid/$1" 2>/dev/null
}

store_write() {
    [ "$case_failed" ] && return 1
    if [ "$has_store_helper" ]; then
        xen-store write "/local/domain/$domid/$1" "$2" ||
            fail "xen-store write $1 failed"
        return
    fi
    # -R: the raw value; escapes are not interpreted.
    xenstore-write -R -- "/local/domain/$domid/$1" "$2" ||
        fail "xenstore-write $1 failed"
}

store_holds() {
    # The dot keeps line ends that the shell would remove.
    [ "$(store_read "$1" && echo .)" = "$2." ]
}

until_store() {
    if [ "$has_store_helper" ]; then
        until_helper "$1 holds \"$2\"" xen-store wait "$WAIT_SECONDS" \
            "/local/domain/$domid/$1" "$2"
        return
    fi
    until_true "$1 holds \"$2\"" store_holds "$1" "$2"
}

node_is() {
    is "control/shutdown" "$(store_read control/shutdown)" "$1"
}

store_lacks() {
    ! xenstore-exists "/local/domain/$domid/$1"
}

until_lacks() {
    if [ "$has_store_helper" ]; then
        until_helper "$1 is gone" xen-store lacks "$WAIT_SECONDS" \
            "/local/domain/$domid/$1"
        return
    fi
    until_true "$1 is gone" store_lacks "$1"
}

until_state() {
    until_store data/xen-test-vm/state "$1"
}

reply_seq() {
    store_read data/xen-test-vm/reply | sed -n 's/.*"seq": \([0-9]*\).*/\1/p'
}

# --- talking to it ----------------------------------------------------------

# command_of JSON: write a command to data/testing, which the guest owns under
# every toolstack, and wait until it is acknowledged.
command_of() {
    if [ "$has_store_helper" ]; then
        until_helper "data/testing is acknowledged" xen-store tell \
            "$WAIT_SECONDS" "/local/domain/$domid/data/testing" "$1"
        return
    fi
    store_write data/testing "$1" && until_store data/testing ""
}

# reply_has TEXT: the newest answer contains it.
reply_has() {
    case $(store_read data/xen-test-vm/reply) in
    *"$1"*) return 0 ;;
    *) return 1 ;;
    esac
}

# until_reply_has TEXT: wait until the newest answer contains it. TEXT must not
# contain characters of a shell pattern by accident.
until_reply_has() {
    if [ "$has_store_helper" ]; then
        until_helper "the answer has $1" xen-store match "$WAIT_SECONDS" \
            "/local/domain/$domid/data/xen-test-vm/reply" "*$1*"
        return
    fi
    until_true "the answer has $1" reply_has "$1"
}

# result_of MEMBERS: send a command with "now" and wait until its action is
# over; sets $reply to the answer.
result_of() {
    [ "$case_failed" ] && return 1
    asked=$((${asked-0} + 1))
    set -- "{\"when\":\"now\",\"id\":\"q$asked\",$1}"
    if [ "$has_store_helper" ]; then
        # Any result but "started".
        until_helper "an answer to $1" xen-store ask "$WAIT_SECONDS" \
            "/local/domain/$domid/data/testing" "$1" \
            "/local/domain/$domid/data/xen-test-vm/reply" \
            "*\"id\": \"q$asked\", \"result\": \"[!s]*"
        # It has no line end, which read reports.
        read -r reply <"$XTVM_WORK/helper" || [ "$reply" ]
    else
        store_write data/testing "$1"
        until_true "an answer to $1" is_over
        reply=$(store_read data/xen-test-vm/reply)
    fi
}

# until_told MEMBERS TEXT: repeat the command until its answer contains TEXT.
# until_true would hide failures in between.
until_told() {
    tries=0
    until result_of "$1" && has "the answer" "$reply" '"result": "done"' &&
        case $reply in *"$2"*) true ;; *) false ;; esac; do
        [ "$case_failed" ] && return 1
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { fail "it does not say $2: $reply"; return 1; }
        sleep 0.5
    done
}

is_over() {
    case $(store_read data/xen-test-vm/reply) in
    *"\"id\": \"q$asked\", \"result\": \"started\""*) return 1 ;;
    *"\"id\": \"q$asked\""*) return 0 ;;
    *) return 1 ;;
    esac
}

# reply_says RESULT
reply_says() {
    reply_has "\"result\": \"$1\""
}

until_reply() {
    until_reply_has "\"result\": \"$1\""
}

# request TEXT: write a request, as a toolstack does, and do not wait for its
# effect.
request() {
    store_write control/shutdown "$1"
}

# Send an ordinary command and check that the VM carries it out: this proves
# that the VM still works at the end of a case.
obeys() {
    [ "$case_failed" ] && return 1
    before=$(store_read data/xen-test-vm/commands)
    command_of '{"when":"now","action":"ignore"}' &&
        until_store data/xen-test-vm/commands "$((before + 1))" &&
        until_state ready && still_up
}

# Sets $vmctl: XTVM_VMCTL, or the one of the source tree, or the one beside this
# folder, or an installed one.
find_vmctl() {
    # shellcheck disable=SC2154 # set by run
    for vmctl in "${XTVM_VMCTL-$here/../../build/vmctl$suffix}" \
        "$here/../vmctl$suffix" "$(command -v vmctl)"; do
        [ -x "$vmctl" ] && return
    done
    return 1
}

# --- suspending it ----------------------------------------------------------

# needs_save: skip the case if xl cannot save a domain: on Arm no release could
# so far. Such an xl does not know the command.
needs_save() {
    [ "$case_failed" ] && return 1
    can_save && return
    skip_case "needs an xl that can save a domain"
    return 1
}

can_save() {
    [ "${saves-}" ] || saves=$(xl help | grep -c '^ *save ')
    [ "$saves" -gt 0 ]
}

# save_and_restore [ARGUMENT...]: save to a file and restore; the arguments are
# for xl save.
save_and_restore() {
    needs_save || return
    xl save "$@" "$vm" "$XTVM_WORK/save" >"$XTVM_WORK/save.log" 2>&1 ||
        { fail "xl save: $(cat "$XTVM_WORK/save.log")"; return 1; }
    restore
}

restore() {
    [ "$case_failed" ] && return 1
    old=$domid
    # shellcheck disable=SC2086 # an option or nothing
    xl restore $no_monitor "$XTVM_WORK/save" >"$XTVM_WORK/save.log" 2>&1 ||
        { fail "xl restore: $(cat "$XTVM_WORK/save.log")"; return 1; }
    rm -f "$XTVM_WORK/save"
    domid=$(number_of "$vm")
    [ "$domid" != "$old" ] || fail "the restored domain has the old number"
}

checkpoint() {
    needs_save || return
    xl save -c "$vm" "$XTVM_WORK/save" >"$XTVM_WORK/save.log" 2>&1 ||
        fail "xl save -c: $(cat "$XTVM_WORK/save.log")"
    rm -f "$XTVM_WORK/save"
}

# Sets $receive, the command of a receiver on this host.
receiver_here() {
    receive=$XTVM_WORK/receive
    printf '#!/bin/sh\nexec xl migrate-receive %s\n' "$no_monitor" >"$receive"
    chmod +x "$receive"
}

# Migrate live, to the same host. Skips the case if Xen cannot migrate PV.
migrate() {
    [ "$case_failed" ] && return 1
    receiver_here
    migrate_by "$receive" && domid=$(number_of "$vm")
}

# migrate_by COMMAND: migrate live; COMMAND starts the receiver.
migrate_by() {
    needs_save || return
    xl migrate -s "" "$vm" "$1" >"$XTVM_WORK/save.log" 2>&1 && return
    skip_without_log_dirty
    fail "xl migrate: $(cat "$XTVM_WORK/save.log")"
    return 1
}

# This Xen could not copy the memory of a PV guest that runs.
lacks_log_dirty() {
    [ "$XTVM_TYPE" = pv ] &&
        grep -q 'Failed to enable logdirty' "$XTVM_WORK/save.log"
}

skip_without_log_dirty() {
    ! lacks_log_dirty ||
        skip_case "needs Xen with shadow paging (log-dirty mode of PV)"
}

# counts SUSPENDS RESUMES CANCELS [STATE]
counts() {
    until_state "${4-ready}"
    is suspends "$(store_read data/xen-test-vm/suspends)" "$1"
    is resumes "$(store_read data/xen-test-vm/resumes)" "$2"
    is cancels "$(store_read data/xen-test-vm/cancels)" "$3"
    is memory-errors "$(store_read data/xen-test-vm/memory-errors)" 0
}

# --- misbehaving ------------------------------------------------------------

# misbehaviour CASE COMMAND TOOLSTACK [LINE...]: one row of
# docs/misbehaviours.md; tools/check/documents compares the rows with these
# calls. Creates a VM with these lines in its configuration, sends it COMMAND,
# and then runs the shell command TOOLSTACK. In TOOLSTACK, NAME stands for the
# VM, FILE for a file and BRIDGE for $bridge. Its output and status go to said
# and status. COMMAND and TOOLSTACK may be empty: a VM without COMMAND has the
# command on its kernel command line, if it has one, and is not waited for. The
# words in $beforehand are run before COMMAND is sent.
misbehaviour() {
    case_of "$1"
    xl_watches
    row=$1 command=$2 toolstack=$3
    shift 3
    case $toolstack in
    *"xl save"*)
        # With all_at_once it is skipped once, in the second call.
        if [ "${side_by_side-}" = begin ]; then
            can_save || { case_failed=later; return 1; }
        else
            needs_save || return
        fi
        ;;
    esac
    if [ "${side_by_side-}" = check ]; then
        {
            read -r vm
            read -r domid
            read -r case_failed
            read -r case_began
        } <"$XTVM_WORK/$row.begun"
        vms=$vm
    else
        if [ "$command" ]; then
            # shellcheck disable=SC2086 # words
            vm_start "$@" && ${beforehand-} && command_of "$command"
        else
            vm_create -q "$@" && ${beforehand-}
        fi && toolstack_begins
    fi
    if [ "${side_by_side-}" = begin ]; then
        printf '%s\n' "$vm" "$domid" "$case_failed" "$case_began" \
            >"$XTVM_WORK/$row.begun"
        case_failed=later # skips the rest of the case for now
        vms=
    else
        toolstack_ends
    fi
}

# all_at_once FUNCTION: run all misbehaviours in a function, with their
# toolstacks in parallel. The function is called twice, first to start all of
# them, then to check the results, so it may contain only calls of functions in
# this file.
all_at_once() {
    xen_log_begins
    cases_before=$case_number
    for side_by_side in begin check; do
        case_number=$cases_before # both times the same cases are wanted
        "$1"
        end_case
    done
    side_by_side=
}

toolstack_begins() {
    [ "$toolstack" ] || return 0
    rm -f "$XTVM_WORK/$row.status"
    (
        # The limit is high: xl waits 60 s for a suspend, twice; after that, on
        # a busy host, a save of a PVH guest took more than 80 s beside the
        # others.
        timeout "$TOOLSTACK_SECONDS" sh -c "$(echo "$toolstack" |
            sed "s|NAME|$vm|g; s|FILE|$XTVM_WORK/$row.save|g
                s|BRIDGE|${bridge-}|g")" \
            >"$XTVM_WORK/$row.said" 2>&1
        echo $? >"$XTVM_WORK/$row.status"
    ) &
}

toolstack_is_done() {
    [ -s "$XTVM_WORK/$row.status" ]
}

toolstack_ends() {
    [ "$case_failed" ] && return 1
    [ "$toolstack" ] || return 0
    within $((TOOLSTACK_SECONDS + 20)) \
        until_true "the end of: $toolstack" toolstack_is_done
    said=$(cat "$XTVM_WORK/$row.said")
    status=$(cat "$XTVM_WORK/$row.status")
}

# says STATUS [TEXT...]: the toolstack ended with this status, and its output
# contains each text. The texts are those of Xen 4.17 and later.
says() {
    [ "$case_failed" ] && return 1
    [ "$status" = "$1" ] ||
        fail "the toolstack's status is $status, not $1: $said"
    shift
    xen_since 17 || return 0
    for text; do has "what the toolstack says" "$said" "$text"; done
}

# xen_since MINOR: Xen is 4.MINOR or newer.
xen_since() {
    [ "${xen_release-}" ] || xen_release=$(xl info |
        awk '/^xen_major/ { major = $3 } /^xen_minor/ { minor = $3 }
            END { print major * 1000 + minor }')
    [ "$xen_release" -ge $((4000 + $1)) ]
}

# then_toolstack TOOLSTACK: run one more command of the toolstack.
then_toolstack() {
    [ "$case_failed" ] && return 1
    toolstack=$1
    toolstack_begins
    toolstack_ends
}

# monitor_says TEXT: the xl process that `xl create` leaves in the background
# logs TEXT about the VM's end.
monitor_says() {
    until_true "xl's log says: $1" grep -qF -- "$1" "$logs/xl-$vm.log"
}

uses awk cat chmod cp cut date dd grep head mkdir mv paste rm sed sh sleep sort
uses tail timeout tr uname uniq wc xenstore-chmod xenstore-exists xenstore-ls
uses xenstore-read xenstore-rm xenstore-write xl
