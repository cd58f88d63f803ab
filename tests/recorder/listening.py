"""What a session has of the shipper: the file that says how much is safe; and a clock for the shipper."""

from __future__ import annotations

import struct
from pathlib import Path


class Clock:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def make_safe_file(folder: Path) -> Path:
    (folder / "safe").write_bytes(bytes(16))
    return folder / "safe"


def read_safe(folder: Path) -> tuple[int, int]:
    """Steps that are durable here, and in the store."""
    here, store = struct.unpack("<QQ", (folder / "safe").read_bytes())
    return here, store
