"""How long to wait after a failure, which depends on whether others fail alike; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits that double with every failure in a row.

    Attributes:
        first_s: after the first failure.
        longest_s: they do not grow beyond this, and never end: nothing is given up.
    """

    first_s: float
    longest_s: float


SHARED = Waits(1.0, 60.0)
"""The store, the database or the disk is away: that passes, and concerns every episode."""

OWN = Waits(60.0, 3600.0)
"""This episode cannot be read, replayed or sealed: perhaps by a newer program."""


def compute_retry_s(n_failures: int, waits: Waits, jitter: float) -> float:
    """Seconds to wait after so many failures in a row.

    Args:
        n_failures: from 1.
        waits: how they grow.
        jitter: 0 to 1, by chance, so that those who failed together do not come back together; 1 for the whole wait,
            0 for half of it.
    """
    doublings = min(n_failures - 1, 30)  # a float would overflow after some days
    return min(waits.first_s * 2.0**doublings, waits.longest_s) * (0.5 + 0.5 * jitter)
