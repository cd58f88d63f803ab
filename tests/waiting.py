"""Waiting for what other processes do and nothing tells of: it is looked for again and again, and given up some day."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
_LOOK_INTERVAL_S = 0.05
_LOOKS_ALIKE = 20


def await_true(
    condition: Callable[[], bool], *, patience_s: float = PATIENCE_S, tell: Callable[[], str] | None = None
) -> None:
    """Look until it is so; `tell` says more where that does not happen."""
    deadline_s = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline_s, tell() if tell is not None else "it does not become so"
        time.sleep(_LOOK_INTERVAL_S)


def await_unchanging(read: Callable[[], T]) -> T:
    """What is read, once twenty looks in a row, a second's worth, have found the same."""
    found, n_alike = read(), 1
    deadline_s = time.monotonic() + PATIENCE_S
    while n_alike < _LOOKS_ALIKE:
        assert time.monotonic() < deadline_s, f"it does not come to rest: {found}"
        time.sleep(_LOOK_INTERVAL_S)
        before, found = found, read()
        n_alike = n_alike + 1 if found == before else 1
    return found
