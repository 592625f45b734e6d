# SPDX-License-Identifier: MIT
"""How a toolstack shuts a guest down: an example for pytest.

    python3 -m pytest -p xen_test_vm --xen-vm NAME test_shutdown.py

It runs in a dom0 with xl. The VM must come back after a reboot: its
configuration says on_reboot = "restart".
"""
import subprocess
import time

import pytest

from xen_test_vm import Refused


def test_late_acknowledgement(xen_test_vm):
    """xl shutdown returns when the guest has acknowledged, not before."""
    xen_test_vm.onshutdown("ignore", ack_delay_ms=3000)
    began = time.monotonic()
    subprocess.run(["xl", "shutdown", xen_test_vm.name], check=True)
    assert time.monotonic() - began >= 3


def test_reboot(xen_test_vm):
    """A guest that reboots by itself comes back in another domain."""
    before = xen_test_vm.status()["domid"]
    xen_test_vm.now("reboot")
    xen_test_vm.wait("ready", timeout=120)
    assert xen_test_vm.status()["domid"] != before


def test_refusal(xen_test_vm):
    """A command that makes no sense is refused, and nothing else happens."""
    with pytest.raises(Refused, match="unknown action"):
        xen_test_vm.now("jump")
    assert "storm" in xen_test_vm.capabilities()["actions"]
