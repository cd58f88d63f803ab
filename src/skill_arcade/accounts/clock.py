"""The wall clock, as something that can be handed in: tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the time now, aware and in UTC."""


def read_utc_clock() -> datetime:
    """The time now, by this machine's wall clock."""
    return datetime.now(UTC)
