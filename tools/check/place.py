# SPDX-License-Identifier: MIT
"""place - a copy of the tree, in which changed code is built and run."""
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Place:
    """A copy of the tree: the files that git tracks, and new ones."""

    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in subprocess.run(
                ["git", "ls-files", "--cached", "--others",
                 "--exclude-standard"], cwd=ROOT, text=True, check=True,
                capture_output=True).stdout.splitlines():
            source, target = ROOT / name, folder / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)

    def passes(self, *command, seconds=None):
        """Whether a command succeeds within the time limit."""
        try:
            return subprocess.run(command, cwd=self.folder, timeout=seconds,
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL,
                                  check=False).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def make(self, *targets):
        """Build; return whether that succeeded."""
        return self.passes("make", "--silent", *targets)
