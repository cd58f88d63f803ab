"""Where an episode's session is told how much of it is safe: 16 bytes in the folder of its journals (LIVE-60)."""

from __future__ import annotations

import os
import struct
from pathlib import Path

SAFE_FILE = "safe"
HERE, STORE = 0, 8
"""Where in the file the steps stand that are durable here, and those that are in the store."""

_NUMBER = struct.Struct("<Q")


def publish(folder: Path, n_steps: int, *places: int) -> bool:
    """Write a number of steps; whether there is a file to write it to: the session makes it.

    Args:
        folder: the episode's.
        n_steps: that are safe.
        places: HERE, STORE or both.
    """
    try:
        descriptor = os.open(f"{folder}/{SAFE_FILE}", os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        for place in places:
            # Each number with a write of its own, aligned and of 8 bytes: a reader never sees half of one.
            os.pwrite(descriptor, _NUMBER.pack(n_steps), place)
    finally:
        os.close(descriptor)
    return True
