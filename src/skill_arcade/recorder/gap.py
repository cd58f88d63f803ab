"""How long the game stood still before a new segment (REC-18)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def compute_gap_ns(
    segment: Mapping[str, Any] | None,
    tick_ns: int | None,
    server_boot: str | None,
    utc_ns: int,
    monotonic_ns: int,
) -> int | None:
    """Time from the last step until now.

    Args:
        segment: the SEGMENT in which the last step was made; None if there was none yet.
        tick_ns: server time of that step.
        server_boot: of the machine that asks.
        utc_ns: its UTC now.
        monotonic_ns: its monotonic clock at the same moment.

    Returns:
        Nanoseconds, by the monotonic clock if the boot is the same, by UTC otherwise (a wall clock that was
        set back can make it negative; it is told as it was measured); None before the first step.
    """
    if segment is None or tick_ns is None:
        return None
    if server_boot is not None and segment["server_boot"] == server_boot:
        return int(monotonic_ns - tick_ns)
    return int(utc_ns - (segment["utc_ns"] + tick_ns - segment["monotonic_ns"]))
