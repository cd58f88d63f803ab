"""Who hears what: the descriptors that a room waits for, and whom each concerns."""

from __future__ import annotations

import select
import selectors
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Listeners(Generic[T]):
    """Waits until one of them is readable, or writable where that is awaited, or a moment has come.

    Selectors (epoll on Linux) watch all of them, and `select` watches the selectors: its timeout is in microseconds,
    that of epoll is rounded up to a whole millisecond.
    """

    def __init__(self) -> None:
        self._readable = selectors.DefaultSelector()
        self._writable = selectors.DefaultSelector()
        self._watched = [self._readable.fileno(), self._writable.fileno()]

    def add(self, number: int, listener: T) -> None:
        """From now on this descriptor concerns that listener."""
        self._readable.register(number, selectors.EVENT_READ, listener)

    def remove(self, number: int) -> None:
        """Watch a descriptor no longer, if it was watched; it may have been closed already."""
        for selector in (self._readable, self._writable):
            with suppress(KeyError):
                selector.unregister(number)

    def expect_room(self, number: int, listener: T) -> None:
        """Something waits to be written to this descriptor: that it takes bytes again is told once."""
        with suppress(KeyError):  # it is expected already
            self._writable.register(number, selectors.EVENT_WRITE, listener)

    def wait(self, timeout_s: float | None) -> tuple[list[tuple[int, T]], list[tuple[int, T]]]:
        """Wait for bytes, for room for bytes, or for the time to pass.

        Args:
            timeout_s: how long at most; None for ever.

        Returns:
            (descriptor, listener) of what is readable, and of what takes bytes again.
        """
        ready, _, _ = select.select(self._watched, [], [], timeout_s)
        if not ready:
            return [], []
        heard = [(key.fd, key.data) for key, _ in self._readable.select(0)]
        writable = [(key.fd, key.data) for key, _ in self._writable.select(0)]
        for number, _ in writable:
            self._writable.unregister(number)
        return heard, writable

    def close(self) -> None:
        """Watch nothing any more. In a fork that leaves the parent's untouched."""
        self._readable.close()
        self._writable.close()
