"""How a worker process is asked to stop, and waits without missing that."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stop_at_signal() -> threading.Event:
    """An event that is set by SIGTERM or SIGINT; for the main thread of a process."""
    stop = threading.Event()

    def set_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, set_stop)
    signal.signal(signal.SIGINT, set_stop)
    return stop
