#!/bin/sh
# SPDX-License-Identifier: MIT
# late-ack.sh VM [SECONDS] - does xl wait for a guest that acknowledges late?
# A whole harness, in dom0. It needs xl, and vmctl in PATH.
set -eu
vm=$1
seconds=${2-5}

vmctl "$vm" onshutdown --ack-delay-ms "${seconds}000" --action ignore
began=$(date +%s)
xl shutdown "$vm" # is back when the guest has acknowledged
took=$(($(date +%s) - began))
vmctl "$vm" wait ready # and not before: the action comes after it
if [ "$took" -lt "$seconds" ]; then
    echo "not ok - xl waited $took s, not $seconds"
    exit 1
fi
echo "ok - xl waited $took s for the acknowledgement"
