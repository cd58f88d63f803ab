"""A disk that forgets what was not synced when its power goes: the test's side of `forgetful_mount`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class ForgetfulDisk:
    """The disk, mounted at a folder by a process of its own.

    Attributes:
        folder: where.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self._process = process

    def cut(self, at_change: int | None = None) -> None:
        """Let the power go, now or at the so-manieth change (a write, a sync, a name) from now."""
        self._ask("cut" if at_change is None else f"cut {at_change}")

    @property
    def is_cut(self) -> bool:
        """Whether the power is gone: every system call fails, and nothing changes any more."""
        return self._ask("is_cut") == "yes"

    @property
    def n_changes(self) -> int:
        """How many there have been."""
        return int(self._ask("count"))

    def restore(self, seed: int) -> None:
        """The power is back. No process may have anything open there; what was not synced is as the seed has it."""
        assert self._ask(f"restore {seed}") == "mounted"

    def _ask(self, order: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer, "the disk's process has ended"
        return answer


@contextmanager
def forgetful_disk(folder: Path) -> Iterator[ForgetfulDisk]:
    """A new and empty one; the test is skipped, with the reason, where none can be mounted."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.faults.forgetful_mount", str(folder)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,  # Ctrl-C is for the test
    ) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "mounted\n":
            _, words = process.communicate()
            # libfuse says it in its own words, and the traceback's last line ends them.
            told = [line for line in words.splitlines() if line.startswith("fuse") or line == words.splitlines()[-1]]
            pytest.skip(f"no disk can be mounted here by FUSE: {'; '.join(told)}")
        yield ForgetfulDisk(folder, process)
        # The end of its input ends it.
