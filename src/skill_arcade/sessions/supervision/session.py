"""One session process as the supervisor knows it, from the request for it to the end of its lifeline."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from skill_arcade.domain.log_line import about
from skill_arcade.sessions.play.punctuality import Punctuality
from skill_arcade.sessions.supervision.control import SessionFailed, SessionStatus

log = logging.getLogger(__name__)

Pacing = Literal["starting", "realtime", "turn"]
"""How the game of a session goes on (LIVE-6); "starting" until it has told."""


def _create_ready() -> asyncio.Future[None]:
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ready.add_done_callback(_retrieve)
    return ready


def _retrieve(future: asyncio.Future[None]) -> None:
    """Mark a failure as seen: not every session that fails has somebody waiting for it."""
    if not future.cancelled():
        future.exception()


def _read_time_s() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Session:
    """What is known of it. Made inside an event loop, whose clock is that of `heard_s`.

    Attributes:
        episode_id: its episode.
        ready: done when it can be attached to; a failure says why it cannot.
        ended: set when its process is no more.
        line: its lifeline; None before and after.
        pid: its process, once it has told.
        n_steps: steps made, by its newest sign of life.
        alone_s: for how long nobody had been connected then; None while somebody is.
        heard_s: when its newest sign of life came.
        over: why its process ends in order; None where it does not, or dies.
        environment: of its game, as JSON, once it is known.
        hung: it is being killed because it gave no sign of life.
        is_new: its episode begins with it; else it is resumed from its journal.
        pacing: of its game.
        punctuality: of its ticks, by its newest sign of life; None in turns, and before the first.
        n_closed: sockets of its players that have ended, by how they did; see `tally.ENDINGS`.
    """

    episode_id: UUID
    ready: asyncio.Future[None] = field(default_factory=_create_ready)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    line: asyncio.StreamWriter | None = None
    pid: int | None = None
    n_steps: int = 0
    alone_s: float | None = 0.0
    heard_s: float = field(default_factory=_read_time_s)
    over: str | None = None
    environment: Mapping[str, Any] | None = None
    hung: bool = False
    is_new: bool = True
    pacing: Pacing = "starting"
    punctuality: Punctuality | None = None
    n_closed: Mapping[str, int] = field(default_factory=dict)

    @property
    def status(self) -> SessionStatus:
        """As others are told of it."""
        return SessionStatus(str(self.episode_id), self.pid or 0, self.n_steps, self.alone_s)

    def hear(self, facts: Mapping[str, Any]) -> None:
        """Take one line of its lifeline."""
        self.heard_s = _read_time_s()
        if "beat" in facts:
            self.n_steps, self.alone_s = facts["beat"], facts["alone_s"]
            self._hear_counts(facts)
            self.pacing = "turn" if self.punctuality is None else "realtime"
        elif "pid" in facts:
            self.pid = facts["pid"]
        elif "ready" in facts:
            if not self.ready.done():
                self.ready.set_result(None)
        elif "over" in facts:
            self.over = facts["over"]
            self._hear_counts(facts)
        elif "failed" in facts and not self.ready.done():
            self.over = "failed"
            self.ready.set_exception(SessionFailed(facts["failed"]))

    def _hear_counts(self, facts: Mapping[str, Any]) -> None:
        ticks = facts["ticks"]
        self.punctuality = None if ticks is None else Punctuality.from_json(ticks)
        self.n_closed = facts["closed"]

    def hangs(self, hang_s: float) -> bool:
        """Whether it should be alive, and has given no sign of it for `hang_s`."""
        return self.ready.done() and self.over is None and _read_time_s() - self.heard_s > hang_s

    def kill(self) -> None:
        """End its process, if it has one yet and still."""
        if self.pid is not None and not self.ended.is_set():
            log.warning("killing the session of %s: no sign of life", self.episode_id, extra=about(self.episode_id))
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.info("it was gone already", extra=about(self.episode_id))
