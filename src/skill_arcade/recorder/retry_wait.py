"""How long to wait before something that is away is asked once more; without end, as nothing may be given up."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 5.0
"""What was away for long is asked every few seconds: it is missed by nobody for longer when it is back."""


def compute_retry_wait_s(n_failures: int, jitter: float) -> float:
    """Seconds to wait after so many failures in a row.

    Args:
        n_failures: from 1.
        jitter: 0 to 1, by chance, so that servers that failed together do not come back together.
    """
    doublings = min(n_failures - 1, 30)  # a float would overflow after a day
    return min(FIRST_WAIT_S * 2.0**doublings, LONGEST_WAIT_S) * (0.5 + 0.5 * jitter)


@dataclass(slots=True)
class Retry:
    """When to try again.

    Attributes:
        monotonic_s: a clock.
        jitter: 0 to 1, by chance.
        n_failures: in all.
    """

    monotonic_s: Callable[[], float]
    jitter: Callable[[], float] = random.random
    n_failures: int = 0
    _n_in_a_row: int = field(default=0, init=False)
    _not_before_s: float = field(default=float("-inf"), init=False)

    @property
    def wait_s(self) -> float:
        """Seconds until it should be tried; 0 if at once."""
        return max(0.0, self._not_before_s - self.monotonic_s())

    def note_failure(self) -> None:
        """It has failed just now."""
        self.n_failures += 1
        self._n_in_a_row += 1
        self._not_before_s = self.monotonic_s() + compute_retry_wait_s(self._n_in_a_row, self.jitter())

    def note_success(self) -> None:
        """It has worked just now."""
        self._n_in_a_row, self._not_before_s = 0, float("-inf")
