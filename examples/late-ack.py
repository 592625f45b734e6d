#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""late-ack.py VM [SECONDS] - does xl wait for a guest that acknowledges late?
The same as late-ack.sh, for a harness in Python."""
import subprocess
import sys
import time


def run(*words):
    subprocess.run(words, check=True)


vm, seconds = sys.argv[1], int((sys.argv + [5])[2])
run("vmctl", vm, "onshutdown", "--ack-delay-ms", f"{seconds}000",
    "--action", "ignore")
began = time.monotonic()
run("xl", "shutdown", vm)  # returns when the guest has acknowledged
took = time.monotonic() - began
run("vmctl", vm, "wait", "ready")  # the VM is ready after the acknowledgement
if took < seconds:
    sys.exit(f"not ok - xl waited {took:.1f} s, not {seconds}")
print(f"ok - xl waited {took:.1f} s for the acknowledgement")
