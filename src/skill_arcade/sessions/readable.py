"""Waiting for sockets whatever their numbers: `select.select` takes none above 1,023."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterable


def await_readable(sockets: Iterable[socket.socket], timeout_s: float | None = None) -> list[socket.socket]:
    """Those that are readable, as soon as there is one; none after the timeout."""
    with selectors.PollSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ, each)
        return [key.data for key, _ in selector.select(timeout_s)]
