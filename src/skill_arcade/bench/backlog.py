"""How many episodes have ended and are not sealed and verified yet, followed over time."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from skill_arcade.bench.sampling import sampling
from skill_arcade.bench.served import Server
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.sessions.supervision.control import SupervisorAway

SAMPLE_INTERVAL_S = 2.0


class Backlog:
    """Of one server. A journal goes when its episode is sealed and verified (REC-37), so those that are left count.

    Attributes:
        history: episodes waiting, of every sample.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.history: list[int] = []

    def sample(self) -> None:
        """Count those that wait now."""
        try:
            running = {each.episode_id for each in self._server.sessions()}
        except SupervisorAway:
            return  # too busy to answer: there is another sample soon
        folders = {each.name for each in DataFolder(self._server.data).journals.iterdir()}
        self.history.append(len(folders - running))

    @contextmanager
    def following(self) -> Iterator[None]:
        """Sample every now and then, in a thread, until the end of the context."""
        with sampling(self.sample, SAMPLE_INTERVAL_S):
            yield


def compute_growth(history: Sequence[float]) -> float | None:
    """How many more wait in the last third of the time than in the middle one, on average; None of too few samples.

    The first third is left out: nothing has ended at the beginning.
    """
    third = len(history) // 3
    if third == 0:
        return None
    return statistics.mean(history[-third:]) - statistics.mean(history[-2 * third : -third])
