"""What the server needs to know of the sessions, whoever runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Capacity(Protocol):
    """Whether there is room for one more player."""

    @property
    def n_sessions(self) -> int:
        """Sessions that run now."""

    @property
    def may_start(self) -> bool:
        """Whether one more may start."""

    @property
    def why(self) -> str:
        """Why not, as a sentence for a person; empty when it may."""


class SessionStatus(Protocol):
    """How one session stands."""

    @property
    def episode_id(self) -> str:
        """The episode that it runs."""

    @property
    def disconnected_for_s(self) -> float | None:
        """Seconds since the last player's connection was lost; None while somebody is connected."""


class SessionControl(Protocol):
    """Asks the process that owns the sessions. Every call may raise OSError when it does not answer."""

    def capacity(self) -> Capacity:
        """Whether there is room for one more player."""

    def status(self) -> Sequence[SessionStatus]:
        """How every session stands."""
