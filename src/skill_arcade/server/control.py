"""What the HTTP endpoints need to know of the sessions; `sessions.control.ControlClient` can tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from skill_arcade.sessions.supervision.control import Capacity, SessionStatus


class SessionControl(Protocol):
    """Asks the process that owns the sessions. Every call may raise SupervisorAway."""

    def capacity(self) -> Capacity:
        """Whether there is room for one more player."""

    def status(self) -> Sequence[SessionStatus]:
        """Every session there is."""
