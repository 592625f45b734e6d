#!/bin/sh
# SPDX-License-Identifier: MIT
# late-ack.sh VM [SECONDS] - does xl wait for a guest that acknowledges late?
# A complete harness for dom0. It needs xl, and vmctl in PATH.
set -eu
vm=$1
seconds=${2-5}

# The uptime in 1/100 s: with whole seconds the result could be one too large.
now() {
    IFS=' .' read -r whole rest _ </proc/uptime
    echo "$whole$rest"
}

vmctl "$vm" onshutdown --ack-delay-ms "${seconds}000" --action ignore
began=$(now)
xl shutdown "$vm" # returns when the guest has acknowledged
took=$(($(now) - began))
vmctl "$vm" wait ready # the VM is ready after the acknowledgement
if [ "$took" -lt "${seconds}00" ]; then
    echo "not ok - xl waited ${took}0 ms, not ${seconds}000"
    exit 1
fi
echo "ok - xl waited ${took}0 ms for the acknowledgement"
