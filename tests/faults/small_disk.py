"""A disk of a few megabytes, to be filled to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A disk with ballast on it.

    Attributes:
        folder: where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, but_bytes: int = 0) -> None:
        """Leave not one byte, or `but_bytes` and a page at most."""
        descriptor = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for size in (65_536, 512, 1):
                try:
                    while True:
                        os.write(descriptor, bytes(size))
                except OSError:
                    continue
            os.ftruncate(descriptor, max(0, os.fstat(descriptor).st_size - but_bytes))
        finally:
            os.close(descriptor)

    def free(self) -> None:
        """Take the ballast off."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, n_bytes: int) -> Iterator[SmallDisk]:
    """A new one; the test is skipped, with the reason, where none can be made."""
    if os.geteuid() != 0:
        pytest.skip("making a small disk needs root; the journal's own tests fill one by RLIMIT_FSIZE instead")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.decode().strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
