"""What the HTTP endpoints need to know of the sessions; `sessions.control.ControlClient` can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from skill_arcade.sessions.supervision.control import Capacity, SessionStatus


class SessionControl(Protocol):
    """Asks the process that owns the sessions. Every call may raise SupervisorAway."""

    def capacity(self) -> Capacity:
        """Whether one more session may be held."""

    def admit(self, episode_id: UUID, person_id: UUID) -> Capacity:
        """Whether this person may begin this new episode; if so, a place is promised to it."""

    def put_aside(self, episode_id: UUID) -> bool:
        """Have an episode's session put it aside; whether nobody writes its journal any more."""

    def status(self) -> Sequence[SessionStatus]:
        """Every session there is."""
