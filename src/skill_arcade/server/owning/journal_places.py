"""The folders between which the journals of episodes move, and who may move them."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

_N_LOCKS = 1024
"""Two episodes that share one by chance wait for each other; a file for each would stay for ever."""


@dataclass(frozen=True, slots=True)
class JournalPlaces:
    """Where things lie; all on one disk.

    Attributes:
        journals: a folder for each episode that is not sealed.
        removed: journals on their way out.
        set_aside: journals that belong to nothing any more, since another server has the episode.
        incoming: journals on their way here from other servers.
    """

    journals: Path
    removed: Path
    set_aside: Path
    incoming: Path

    def of(self, episode_id: UUID) -> Path:
        """The folder of an episode's journals."""
        return self.journals / str(episode_id)

    @contextmanager
    def alone(self, episode_id: UUID) -> Iterator[None]:
        """Be the only one, of all processes of this machine, that brings an episode here or lets go of it."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        with (self.incoming / f"{episode_id.int % _N_LOCKS}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
