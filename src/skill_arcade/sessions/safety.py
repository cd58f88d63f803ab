"""How far an episode's record is safe beyond its journal file, as the shipper writes it and the session reads it.

The file `safe` in the episode's journal folder holds two u64, little-endian: steps durable here, steps durable in the
store. Each is written with one aligned 8-byte store, so a reader never sees half of one.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

from skill_arcade.sessions.conversation import Safety

_NUMBERS = struct.Struct("<QQ")
SAFE_FILE = "safe"


class SafetyFile:
    """The session's view of the file; made if it is not there."""

    def __init__(self, folder: Path) -> None:
        descriptor = os.open(folder / SAFE_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            if os.fstat(descriptor).st_size < _NUMBERS.size:
                os.pwrite(descriptor, bytes(_NUMBERS.size), 0)
            self._map = mmap.mmap(descriptor, _NUMBERS.size, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)

    def read(self) -> Safety:
        """The newest numbers."""
        here, store = _NUMBERS.unpack_from(self._map)
        return Safety(here, store)
