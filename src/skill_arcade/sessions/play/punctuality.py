"""How punctual the ticks of a game were: counted as they come, told once a second, and added up by the supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

BOUNDS_MS: Final = (1, 2, 4, 8, 16, 33, 66, 133)
"""Upper bounds of lateness, each in its own bucket. A tick of a game at 60 Hz has 16.7 ms."""

BOUNDS_NS: Final = tuple(bound * 1_000_000 for bound in BOUNDS_MS)


@dataclass(frozen=True, slots=True)
class Punctuality:
    """Counts since a beginning.

    Attributes:
        n_ticks: ticks that were late by at most a bound and by more than the one before; the last ones by more than
            any.
        late_ns: how late all of them were together.
        n_stalls: how many of them were too late to be caught up (LIVE-25).
    """

    n_ticks: tuple[int, ...] = (0,) * (len(BOUNDS_MS) + 1)
    late_ns: int = 0
    n_stalls: int = 0

    def to_json(self) -> dict[str, Any]:
        """JSON-able."""
        return {"n_ticks": self.n_ticks, "late_ns": self.late_ns, "n_stalls": self.n_stalls}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(tuple(value["n_ticks"]), value["late_ns"], value["n_stalls"])

    def __add__(self, other: Punctuality) -> Punctuality:
        """Both together."""
        n_ticks = tuple(mine + theirs for mine, theirs in zip(self.n_ticks, other.n_ticks, strict=True))
        return Punctuality(n_ticks, self.late_ns + other.late_ns, self.n_stalls + other.n_stalls)
