# SPDX-License-Identifier: MIT
"""xen_test_vm - a xen-test-vm, for tests in Python. Standard library alone.

It runs vmctl, here in dom0 or on a host over ssh:

    from xen_test_vm import VM
    vm = VM("xen-test-vm", host="root@192.0.2.1")
    vm.onshutdown("ignore", ack="none")     # do not answer the next request
    print(vm.status()["state"])             # armed

The actions, and the names of their members, are those of
docs/control-protocol.md. For pytest it has a fixture of the name xen_test_vm:

    python3 -m pytest -p xen_test_vm --xen-vm NAME [--xen-host root@HOST]
"""
import json
import shlex
import subprocess


class Error(Exception):
    """vmctl failed. `answer` is the VM's answer, if there was one."""

    def __init__(self, text, answer=None):
        super().__init__(text)
        self.answer = answer


class Refused(Error):
    """The VM, or the store, refused or failed (status 1 of vmctl)."""


class WrongUsage(Error):
    """No such verb, option or value (status 2)."""


class TimeOut(Error):
    """The VM did not answer, or the state did not come, in time (status 3)."""


class NoVM(Error):
    """There is no such VM, or not any more (status 4)."""


ERRORS = {1: Refused, 2: WrongUsage, 3: TimeOut, 4: NoVM}


def run(words, host=None, vmctl="vmctl", text=None):
    """Run vmctl; returns its output. Raises an error if it fails."""
    command = [vmctl, *words]
    if host:
        command = ["ssh", host, shlex.join(command)]
    done = subprocess.run(command, input=text, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        fail(done, host)
    return done.stdout


def fail(done, host):
    """Raise the error of a vmctl, or ssh, that has failed."""
    said = done.stderr.strip()
    if host and done.returncode == 255:
        raise Error(f"ssh {host}: {said}")
    result = {}
    if done.stdout.startswith("{"):
        result = json.loads(done.stdout)
    answer = result.get("answer")
    why = result.get("error") or (answer or {}).get("error") or said
    raise ERRORS.get(done.returncode, Error)(why, answer)


class VM:
    """A VM: a name, a UUID or a domid. By name or UUID it is followed into a
    new domain.

    host     log in there by ssh, as USER@HOST; None: this is dom0
    timeout  limit in seconds of each call that waits
    vmctl    the program
    """

    def __init__(self, name, host=None, timeout=30, vmctl="vmctl"):
        self.name = str(name)
        self.host = host
        self.timeout = timeout
        self.vmctl = vmctl

    def __repr__(self):
        return f"VM({self.name!r}, host={self.host!r})"

    def _ask(self, *words, options=(), text=None):
        """Run a verb that prints a JSON object; returns the object."""
        return json.loads(run([*options, "--json", "--", self.name, *words],
                              self.host, self.vmctl, text))

    def _command(self, *words, members=None, text=None):
        """Run a verb that sends something; returns the answer, or None."""
        options = [f"--{name.replace('_', '-')}={value}"
                   for name, value in (members or {}).items()]
        return self._ask(*words, options=[f"--timeout={self.timeout}",
                                          *options],
                         text=text).get("answer")

    def now(self, action, **members):
        """Act at once; returns the answer when the action is done. It is None
        if the domain ended before its answer could be read."""
        return self._command("now", action, members=members)

    def onshutdown(self, action, **members):
        """Act at the next request; returns the answer that it is armed."""
        return self._command("onshutdown",
                             members={"action": action, **members})

    def program(self, commands):
        """Send a list of commands, as dictionaries; returns the first
        answer."""
        return self._command("program", "-", text=json.dumps(commands))

    def send(self, text):
        """Send a text as it is, right or wrong; returns the next answer."""
        return self._command("send", text)

    def wait(self, state, timeout=None):
        """Wait for a state, for an "answer", which is returned, or until the
        domain is "gone"."""
        seconds = self.timeout if timeout is None else timeout
        return self._ask("wait", state, str(seconds)).get("answer")

    def status(self):
        """The nodes that the VM publishes, its domid and its newest answer."""
        return self._ask("status")

    def report(self):
        """All that the VM knows of itself."""
        return self._command("report")["report"]

    def capabilities(self):
        """All that the VM can: its actions, their members, their words."""
        return self._command("capabilities")["capabilities"]

    def log(self):
        """The VM's console output."""
        return run(["--", self.name, "log"], self.host, self.vmctl)


def vms(host=None, vmctl="vmctl"):
    """All VMs that are there."""
    lines = run(["list", "--json"], host, vmctl).splitlines()
    return [VM(json.loads(line)["vm"], host, vmctl=vmctl) for line in lines]


# --- pytest -------------------------------------------------------------------

try:
    import pytest
except ImportError:
    pass
else:
    def pytest_addoption(parser):
        """The options of the fixture."""
        group = parser.getgroup("xen-test-vm")
        group.addoption("--xen-vm", default="xen-test-vm",
                        help="the VM for the fixture xen_test_vm")
        group.addoption("--xen-host", help="its host, for ssh; without: here")

    @pytest.fixture
    def xen_test_vm(request):
        """The VM of --xen-vm, ready for a test. A test that leaves it busy or
        armed is an error of that test."""
        vm = VM(request.config.getoption("--xen-vm"),
                request.config.getoption("--xen-host"))
        vm.wait("ready")
        yield vm
        vm.wait("ready")
