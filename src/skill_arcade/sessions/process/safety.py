"""How far an episode's record is safe beyond its journal file: the shipper writes it, the session reads it.

The file `safe` in the episode's journal folder holds two u64, little-endian: steps durable here, steps durable in the
store. Each is written with one aligned 8-byte store, so a reader never sees half of one.
"""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

from skill_arcade.sessions.play.conversation import Safety

SAFE_FILE = "safe"
_N_BYTES = 16


class SafetyFile:
    """The session's view of the file; made if it is not there."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder / SAFE_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            if os.fstat(descriptor).st_size < _N_BYTES:
                os.pwrite(descriptor, bytes(_N_BYTES), 0)
            mapped = mmap.mmap(descriptor, _N_BYTES, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
        # A cast view reads a number with one load, where `struct` would copy it byte by byte.
        self._numbers = memoryview(mapped).cast("Q")

    def read(self) -> Safety:
        """The newest numbers."""
        here, store = self._numbers
        if sys.byteorder == "big":
            here, store = (int.from_bytes(n.to_bytes(8, "big"), "little") for n in (here, store))
        return Safety(here, store)
