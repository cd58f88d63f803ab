"""Who hears what: the descriptors that a room waits for, and whom each concerns."""

from __future__ import annotations

import select
import selectors
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Listeners(Generic[T]):
    """Waits until one of them is readable, or a moment has come.

    A selector (epoll on Linux) watches all of them, and `select` watches the selector: its timeout is in microseconds,
    that of epoll is rounded up to a whole millisecond.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, number: int, listener: T) -> None:
        """From now on this descriptor concerns that listener."""
        self._selector.register(number, selectors.EVENT_READ, listener)

    def remove(self, number: int) -> None:
        """Watch a descriptor no longer; it may have been closed already."""
        self._selector.unregister(number)

    def wait(self, timeout_s: float | None, congested: Sequence[int]) -> tuple[list[tuple[int, T]], list[int]]:
        """Wait for bytes, for room for bytes, or for the time to pass.

        Args:
            timeout_s: how long at most; None for ever.
            congested: descriptors to which something waits to be written.

        Returns:
            (descriptor, listener) of what is readable, and which of the congested take bytes.
        """
        readable, writable, _ = select.select([self._selector.fileno()], congested, [], timeout_s)
        heard = [(key.fd, key.data) for key, _ in self._selector.select(0)] if readable else []
        return heard, writable

    def close(self) -> None:
        """Watch nothing any more. In a fork that leaves the parent's untouched."""
        self._selector.close()
