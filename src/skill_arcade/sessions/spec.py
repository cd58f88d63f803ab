"""What a session process is told when it is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """Which episode to play, and where.

    Attributes:
        episode_id: the episode.
        provenance: of a new episode, its columns known at the start (REC-41); None to resume one from its journal.
    """

    episode_id: UUID
    provenance: Mapping[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """JSON-able."""
        return {"episode_id": str(self.episode_id), "provenance": self.provenance}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        return cls(UUID(value["episode_id"]), value["provenance"])


@dataclass(frozen=True, slots=True)
class Places:
    """Where sessions live on this machine.

    Attributes:
        journals: the folder of all journals; an episode's own is `journals / str(episode_id)`.
        sockets: a short path (Unix sockets have at most 107 bytes) that only this user can enter.
    """

    journals: Path
    sockets: Path

    def journal_folder(self, episode_id: UUID) -> Path:
        """The folder of one episode's journals (REC-10)."""
        return self.journals / str(episode_id)

    def session_socket(self, episode_id: UUID) -> Path:
        """Where the session of this episode listens."""
        return self.sockets / f"{episode_id.hex}.sock"

    @property
    def supervisor_socket(self) -> Path:
        """Where the supervisor listens."""
        return self.sockets / "supervisor.sock"


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long things may take.

    Attributes:
        linger_s: a session nobody is connected to ends its process after this; the episode stays resumable.
        abandon_after_s: after this nobody comes back, and the episode is ended.
        hang_s: a session that gives no sign of life for this long hangs in its environment and is killed.
        start_s: a session that is not ready by then (opening the game, replaying a long journal) is given up.
        stand_by_s: how old the newest copy of a room gets that waits for its death (`process/stand_by.py`).
    """

    linger_s: float = 60.0
    abandon_after_s: float = 24 * 3600.0
    hang_s: float = 10.0
    start_s: float = 120.0
    stand_by_s: float = 10.0
