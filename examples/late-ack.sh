#!/bin/sh
# SPDX-License-Identifier: MIT
# late-ack.sh VM [SECONDS] - does xl wait for a guest that acknowledges late?
# A whole harness, in dom0. It needs xl, and vmctl in PATH.
set -eu
vm=$1
seconds=${2-5}

# In 1/100 s: whole seconds would be one too many now and then.
now() {
    IFS=' .' read -r whole rest _ </proc/uptime
    echo "$whole$rest"
}

vmctl "$vm" onshutdown --ack-delay-ms "${seconds}000" --action ignore
began=$(now)
xl shutdown "$vm" # is back when the guest has acknowledged
took=$(($(now) - began))
vmctl "$vm" wait ready # and not before: the action comes after it
if [ "$took" -lt "${seconds}00" ]; then
    echo "not ok - xl waited ${took}0 ms, not ${seconds}000"
    exit 1
fi
echo "ok - xl waited ${took}0 ms for the acknowledgement"
