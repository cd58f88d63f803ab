"""When a session that keeps dying in its environment is given up: three deaths at the same step (REC-40)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

MAX_DEATHS_AT_ONE_STEP = 3


@dataclass(frozen=True, slots=True)
class Deaths:
    """How often a session has died without getting further.

    Attributes:
        n_steps: where.
        count: how often.
        hung: the newest one was killed because its environment did not answer.
    """

    n_steps: int
    count: int
    hung: bool


class DeathRegister:
    """Counts deaths by episode; getting further, by even one step, starts the count anew."""

    def __init__(self) -> None:
        self._deaths: dict[UUID, Deaths] = {}

    def note(self, episode_id: UUID, n_steps: int, *, hung: bool) -> None:
        """A session died after `n_steps` steps."""
        before = self._deaths.get(episode_id)
        count = before.count + 1 if before is not None and before.n_steps == n_steps else 1
        self._deaths[episode_id] = Deaths(n_steps, count, hung)

    def verdict(self, episode_id: UUID) -> Deaths | None:
        """The deaths of an episode that is to be given up, else None."""
        deaths = self._deaths.get(episode_id)
        return deaths if deaths is not None and deaths.count >= MAX_DEATHS_AT_ONE_STEP else None

    def forget(self, episode_id: UUID) -> None:
        """The episode is over."""
        self._deaths.pop(episode_id, None)
