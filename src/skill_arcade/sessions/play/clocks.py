"""The clocks of a session, so that tests can hand it others."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from skill_arcade.recorder.episode_row import encode_utc


class Clock(Protocol):
    """Server time, and the date."""

    def monotonic_ns(self) -> int:
        """Server time: monotonic, ns."""
        ...

    def utc_ns(self) -> int:
        """Wall clock, ns since 1970 UTC."""
        ...


class SystemClock:
    """The machine's clocks."""

    # The functions themselves: a clock is read several times a tick.
    monotonic_ns = staticmethod(time.monotonic_ns)
    """CLOCK_MONOTONIC, the same in all processes of one boot."""

    utc_ns = staticmethod(time.time_ns)
    """The machine's wall clock."""


def read_boot_id() -> str:
    """An id of this boot of the machine: monotonic times of one boot can be compared, those of two cannot."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # No such file outside Linux. The start of the clock itself, to 10 s, tells boots apart well enough.
        started_s = time.time() - time.monotonic()
        return f"boot-{round(started_s / 10)}"


def format_utc(utc_ns: int) -> str:
    """A time as it stands in OPEN and END (REC-16)."""
    return encode_utc(datetime.fromtimestamp(utc_ns / 1e9, UTC))
