"""A wall clock that jumps, for all processes of a server: theirs alone, and no other clock of theirs.

It is a small library that is loaded before all others (`wall_clock.c`). libfaketime would do the same, but that of
Debian 12 makes `time.sleep` of Python 3.11 fail where the monotonic clock is to be left alone (its issue 426).
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

_SHIFT = struct.Struct("<q")


class WallClock:
    """Set by `shift_to`.

    Attributes:
        variables: of the environment of whoever is to live by it.
    """

    def __init__(self, library: Path, file: Path) -> None:
        self._file = file
        self.variables: Mapping[str, str] = {"LD_PRELOAD": str(library), "WALL_CLOCK_SHIFT": str(file)}
        file.write_bytes(_SHIFT.pack(0))

    def shift_to(self, seconds: float) -> None:
        """Be so far ahead of the machine's own, from now on."""
        with self._file.open("r+b") as file:
            file.write(_SHIFT.pack(round(seconds * 1e9)))


def make_wall_clock(folder: Path) -> WallClock:
    """A clock with its library in `folder`; the test is skipped, with the reason, where none can be made."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or sys.byteorder != "little" or compiler is None:
        pytest.skip("a clock that jumps is made by a C compiler, on Linux: `apt-get install gcc libc6-dev`")
    library = folder / "wall_clock.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, source], check=True)
    return WallClock(library, folder / "wall-clock-shift")
