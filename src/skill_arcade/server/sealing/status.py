"""What a sealer tells of itself: for metrics, and for a person who asks what is waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SealerStatus:
    """How sealing stood a moment ago, as one process sees it.

    Attributes:
        n_waiting: episodes that nobody writes any more and that are not sealed; those being sealed are among them.
        oldest_waiting_s: how long this process has known of the one that it has known longest; 0.0 if none waits.
        n_sealed: episodes that this process has sealed since its start.
        n_failed_now: episodes among the waiting whose last try failed.
        reasons: how many of these failed for which reason: the name of the error.
        n_kept: sealed episodes whose journal is kept, as a person has to look (REC-37).
        n_set_aside: journals that this process has set aside, as another server has the episode (REC-30).
    """

    n_waiting: int = 0
    oldest_waiting_s: float = 0.0
    n_sealed: int = 0
    n_failed_now: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    n_kept: int = 0
    n_set_aside: int = 0
