"""Asking the supervisor: one JSON object a line over its Unix socket, one answer to each request, in order.

{"ask": "ensure", "spec": {…}}      start the episode's session, or find it; answers when it can be attached to
{"ask": "capacity"}                 whether one more may be held
{"ask": "admit", "episode_id": "…", "person_id": "…"}
                                    whether this person may begin a new episode; a place is promised to it if so
{"ask": "put_aside", "episode_id": "…"}
                                    end the episode's session, if there is one: the episode moves to another server
{"ask": "status"}                   every session there is
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.sessions.spec import SessionSpec
from skill_arcade.wire.from_server import Ended

MAX_LINE_BYTES = 4 * 1024 * 1024
_PATIENCE_S = 5.0


class SupervisorAway(SkillArcadeError, ConnectionError):
    """The supervisor does not answer; it is starting, stopping or gone."""

    def __init__(
        self, why: str = "The server is not ready to run games at the moment; try again in a few seconds."
    ) -> None:
        super().__init__(why)


class NoRoom(SupervisorAway):
    """All places are taken."""


class SessionFailed(SkillArcadeError):
    """A session could not be started or resumed."""


class EpisodeOver(SkillArcadeError):
    """The episode has ended; nobody was there to be told.

    Attributes:
        ended: what its player would have been told.
    """

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        super().__init__("This episode is over.")


@dataclass(frozen=True, slots=True)
class Capacity:
    """Whether one more session may start.

    Attributes:
        n_sessions: running now.
        may_start: room for one more.
        why: a sentence where there is none, else empty.
        retry_after_s: when to ask again where there is none.
    """

    n_sessions: int
    may_start: bool
    why: str
    retry_after_s: int


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """One session, as of its newest sign of life.

    Attributes:
        episode_id: its episode.
        pid: its process.
        n_steps: steps made.
        disconnected_for_s: since when nobody has been connected; None while somebody is.
    """

    episode_id: str
    pid: int
    n_steps: int
    disconnected_for_s: float | None


class ControlClient:
    """One connection for each request: requests are rare, and a supervisor that starts anew needs no care.

    `ensure` may take long and is asynchronous; the others are answered at once and block.
    """

    def __init__(self, socket_path: Path) -> None:
        self._path = socket_path

    async def ensure(self, spec: SessionSpec) -> None:
        """Return when the episode's session listens on its socket; start or rebuild it where needed.

        Raises:
            EpisodeOver: it has ended.
            SessionFailed: it cannot be started or resumed; the sentence says why.
            NoRoom: all places are taken.
            SupervisorAway: nobody answers.
        """
        question = {"ask": "ensure", "spec": spec.to_json()}
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._path), limit=MAX_LINE_BYTES)
            try:
                writer.write(_encode(question))
                line = await reader.readline()
            finally:
                writer.close()
        except OSError:
            raise SupervisorAway from None
        answer = _parse(line)
        if "ended" in answer:
            raise EpisodeOver(msgspec.convert(answer["ended"], Ended))
        if "full" in answer:
            raise NoRoom(answer["full"])
        if "failed" in answer:
            raise SessionFailed(answer["failed"])

    def capacity(self) -> Capacity:
        """Whether one more session may be held.

        Raises:
            SupervisorAway: nobody answers.
        """
        return Capacity(**self._ask({"ask": "capacity"}))

    def admit(self, episode_id: UUID, person_id: UUID) -> Capacity:
        """Whether this person may begin this new episode; if so, a place is promised for as long as its ticket is good.

        It is the only place that is promised to this person then.

        Raises:
            SupervisorAway: nobody answers.
        """
        question = {"ask": "admit", "episode_id": str(episode_id), "person_id": str(person_id)}
        return Capacity(**self._ask(question))

    def put_aside(self, episode_id: UUID) -> bool:
        """Have the episode's session put it aside; its player is told that it goes on elsewhere.

        Returns:
            Whether nobody writes its journal any more.

        Raises:
            SupervisorAway: nobody answers.
        """
        return bool(self._ask({"ask": "put_aside", "episode_id": str(episode_id)})["is_left"])

    def status(self) -> list[SessionStatus]:
        """Every session there is.

        Raises:
            SupervisorAway: nobody answers.
        """
        return [SessionStatus(**each) for each in self._ask({"ask": "status"})["sessions"]]

    def _ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(_PATIENCE_S)
                line.connect(str(self._path))
                line.sendall(_encode(question))
                with line.makefile("rb") as answers:
                    return _parse(answers.readline(MAX_LINE_BYTES))
        except OSError:
            raise SupervisorAway from None


def _encode(question: Mapping[str, Any]) -> bytes:
    return json.dumps(question).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any]:
    if not line.endswith(b"\n"):
        raise SupervisorAway
    answer: dict[str, Any] = json.loads(line)
    return answer
