"""A clock that stands while others have the processor: how long work takes, however busy the machine is."""

from __future__ import annotations

import os
import time
from contextlib import suppress

_LONGEST_LINE = 100


class OwnClock:
    """Time of one thread: while it computes or waits by itself, not while it stands in line to go on.

    Where the system does not tell how long that was, it is the time that passes for everybody.
    """

    def __init__(self, pid: int | None = None) -> None:
        """Begin to watch.

        Args:
            pid: the process whose first thread it is; by default it is the thread that calls.
        """
        self._queue: int | None = None
        who = "thread-self" if pid is None else pid
        with suppress(OSError):
            self._queue = os.open(f"/proc/{who}/schedstat", os.O_RDONLY | os.O_CLOEXEC)

    def read_ns(self) -> int:
        """Nanoseconds since some moment."""
        return time.perf_counter_ns() - self._read_queued_ns()

    def close(self) -> None:
        """Let go of what the system tells."""
        if self._queue is not None:
            os.close(self._queue)
            self._queue = None

    def _read_queued_ns(self) -> int:
        if self._queue is None:
            return 0
        try:
            return int(os.pread(self._queue, _LONGEST_LINE, 0).split()[1])
        except (OSError, ValueError, IndexError):
            return 0
