"""A clock that only its test moves."""

from __future__ import annotations

from datetime import UTC, datetime

START = datetime(2026, 1, 1, tzinfo=UTC)


class HandClock:
    """Tells what it was set to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now
