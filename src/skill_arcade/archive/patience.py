"""How long a store is waited for before it counts as away, and how slow it may be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one call. A store that hangs is away after `connect_s + silence_s` at the latest.

    Whoever can wait longer calls again: what is away for hours is no matter of a call.

    Attributes:
        n_attempts: how often a call is tried where the store failed at once, as it does now and then.
        pause_s: before the second attempt, about; twice that before each further one.
        again_within_s: after this no further attempt is begun.
        connect_s: for a connection; and for the store to take the next few kilobytes of what is sent.
        silence_s: without a byte of an answer.
        slow_s: how long a transfer may be slower than the least rate.
        least_bytes_per_s: from then on, all in all; what is slower would not come to an end.
    """

    n_attempts: int = 3
    pause_s: float = 0.2
    again_within_s: float = 5.0
    connect_s: float = 10.0
    silence_s: float = 30.0
    slow_s: float = 30.0
    least_bytes_per_s: float = 4096.0


class Pace:
    """Watches one transfer, and ends it where it crawls: a timeout for silence alone never would."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._begun_at_s = time.monotonic()
        self._n_bytes = 0

    def add(self, n_bytes: int) -> None:
        """So many bytes more have passed.

        Raises:
            TimeoutError: too few, for the time that has passed.
        """
        self._n_bytes += n_bytes
        limit_s = self._patience.slow_s + self._n_bytes / self._patience.least_bytes_per_s
        if time.monotonic() - self._begun_at_s > limit_s:
            raise TimeoutError(f"only {self._n_bytes} bytes passed within {limit_s:.0f} s")


class PacedFile:
    """A file that is sent: read in blocks as the store takes them, and given up where that goes on too slowly."""

    def __init__(self, file: BinaryIO, patience: Patience) -> None:
        self._file, self._patience = file, patience
        self._pace = Pace(patience)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, up to `size`."""
        data = self._file.read(size)
        self._pace.add(len(data))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go elsewhere; at the beginning, the transfer begins anew."""
        self._pace = Pace(self._patience)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where the next bytes come from."""
        return self._file.tell()


class PacedBuffer:
    """Takes what is received, and gives up where that comes in too slowly."""

    def __init__(self, patience: Patience) -> None:
        self._data = bytearray()
        self._pace = Pace(patience)

    def write(self, data: bytes) -> int:
        """Take the next bytes."""
        self._data += data
        self._pace.add(len(data))
        return len(data)

    def take(self) -> bytes:
        """All of it."""
        return bytes(self._data)
