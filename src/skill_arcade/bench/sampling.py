"""Looks at something every now and then while something else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def sampling(sample: Callable[[], None], interval_s: float) -> Iterator[None]:
    """Call `sample` every so many seconds, in a thread, until the end of the context."""

    def follow(stop: threading.Event) -> None:
        while not stop.wait(interval_s):
            sample()

    with _beside(follow):
        yield


@contextmanager
def looking(look: Callable[[], None], after_s: float) -> Iterator[None]:
    """Call `look` once after so many seconds, in a thread, if the context has not ended by then."""

    def follow(stop: threading.Event) -> None:
        if not stop.wait(after_s):
            look()

    with _beside(follow):
        yield


@contextmanager
def _beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Do this in a thread until the event that it is given is set, at the end of the context.

    What it raised is raised there, unless the context itself failed: nobody goes on with what it would have found.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as thread:
        done = thread.submit(work, stop)
        try:
            yield
        finally:
            stop.set()
    done.result()
