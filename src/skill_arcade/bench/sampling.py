"""Looks at something every now and then while something else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def sampling(sample: Callable[[], None], interval_s: float) -> Iterator[None]:
    """Call `sample` every so many seconds, in a thread, until the end of the context."""
    stop = threading.Event()

    def follow() -> None:
        while not stop.wait(interval_s):
            sample()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
