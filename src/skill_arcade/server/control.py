"""What the HTTP endpoints need to know of the sessions, and how they ask the supervisor, who knows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol

from skill_arcade.sessions.control import Capacity, ControlClient


class SessionControl(Protocol):
    """Asks the process that owns the sessions. Every call may raise SupervisorAway."""

    def capacity(self) -> Capacity:
        """Whether there is room for one more player."""

    def read_disconnected_s(self) -> Mapping[str, float | None]:
        """By episode id, seconds since its last player's connection was lost; None while somebody is there."""


class SupervisorControl:
    """Asks the supervisor over its socket; for the threads in which endpoints run, never for an event loop."""

    def __init__(self, client: ControlClient) -> None:
        self._client = client

    def capacity(self) -> Capacity:
        """See SessionControl."""
        return asyncio.run(self._client.capacity())

    def read_disconnected_s(self) -> Mapping[str, float | None]:
        """See SessionControl."""
        return {
            # A session that does not tell counts as one that somebody is connected to.
            each.episode_id: getattr(each, "disconnected_for_s", None)
            for each in asyncio.run(self._client.status())
        }
