#!/bin/sh
# SPDX-License-Identifier: MIT
# boot-kernel.sh - boot any kernel as a guest, print its console, and end with a
# status that says how it went. See docs/any-kernel.md.
#
# Usage: boot-kernel.sh [--until TEXT] [--seconds N] [--name NAME] KERNEL \
#        [SETTING...]
# A SETTING is a line of xl's configuration, such as 'type="pv"'. Without any,
# the guest is a PVH with 64 MiB and one vCPU. It has no device model.
#
# Exit status: 0 the console said TEXT, or without --until the guest powered
# off; 1 the guest ended in another way; 2 wrong usage; 124 N seconds are over
# (default 60); 125 xl did not create the guest. The guest is gone at the end.
# Runs in a dom0 whose xenconsoled logs its guests (--log=guest or --log=all).
set -u
text='' seconds=60
name=boot-kernel-$$

wrong() {
    echo "boot-kernel: $*" >&2
    exit 2
}

# shellcheck disable=SC2317 # a trap calls it
finish() {
    xl destroy "$name" >/dev/null 2>&1
    wait
    show
    rm -rf "$work" "$log"
}

# Print what is new on the console.
shown=0
show() {
    [ -s "$log" ] || return
    size=$(wc -c <"$log")
    tail -c "+$((shown + 1))" "$log" | head -c $((size - shown))
    shown=$size
}

says_text() {
    [ "$text" ] && grep -qsF -e "$text" "$log"
}

# The end as xl saw it: "Domain 7 has shut down, reason code 3 0x3".
reason() {
    sed -n 's/.*has shut down, reason code \([0-9]*\).*/\1/p' "$work/xl"
}

while [ $# -gt 0 ]; do
    case $1 in
    --until) text=${2?} && shift ;;
    --seconds) seconds=${2?} && shift ;;
    --name) name=${2?} && shift ;;
    -*) wrong "unknown option $1" ;;
    *) break ;;
    esac
    shift
done
log=/var/log/xen/console/guest-$name.log
[ -r "${1-}" ] || wrong "cannot read the kernel ${1-}"
work=$(mktemp -d) || exit 125
{
    printf 'name = "%s"\nkernel = "%s"\n' "$name" "$1"
    shift
    printf '%s\n' 'type = "pvh"' 'memory = 64' 'vcpus = 1' "$@"
    for end in poweroff reboot crash; do echo "on_$end = \"destroy\""; done
} >"$work/cfg"

trap finish EXIT
trap 'exit 130' HUP INT TERM
xl create -F "$work/cfg" >"$work/xl" 2>&1 &
xl=$!
end=$(($(date +%s) + seconds))
while kill -0 $xl 2>/dev/null; do
    show
    ! says_text || exit 0
    [ "$(date +%s)" -lt "$end" ] || exit 124
    sleep 0.2
done
show
! says_text || exit 0
why=$(reason)
case $why in
'') cat "$work/xl" >&2 && exit 125 ;;
0) [ "$text" ] || exit 0 ;;
esac
echo "boot-kernel: the guest ended, reason $why" >&2
exit 1
