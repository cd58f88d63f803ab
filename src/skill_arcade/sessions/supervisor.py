"""Owns every process: starts the nursery, asks it for sessions, knows which live, kills those that hang.

    gateway ──control socket──▶ supervisor ──requests──▶ nursery ──forks──▶ template ──forks──▶ session
                                     ▲───────────────lifeline (one for each session)───────────────┘

A session's death is the end of its lifeline. The supervisor rebuilds nothing by itself: whoever needs the episode asks
for it again (`ensure`), and a session is started that replays the journal.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from skill_arcade.domain.episode import EndReason
from skill_arcade.domain.errors import EpisodeNotFound, SkillArcadeError
from skill_arcade.games.environments import warm
from skill_arcade.recorder.closing import close_orphan
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.control import EpisodeOver, NoRoom, SessionFailed
from skill_arcade.sessions.deaths import DeathRegister, Deaths
from skill_arcade.sessions.fd_passing import send_with_descriptors
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.sessions.step_mark import died_stepping
from skill_arcade.wire.from_server import Ended

log = logging.getLogger(__name__)

MAX_STARTS = 5
"""How often one question starts a session whose process dies before it is ready."""

_FAREWELL_S = 5.0
"""How long sessions get to put their episodes aside when the server stops."""

_FULL = "All places are taken at the moment; please try again in a minute."

_MAX_LINE_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class Session:
    """One session process, from the request for it to the end of its lifeline."""

    episode_id: UUID
    ready: asyncio.Future[None]
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    line: asyncio.StreamWriter | None = None
    pid: int | None = None
    n_steps: int = 0
    alone_s: float | None = 0.0
    heard_s: float = 0.0
    over: str | None = None
    hung: bool = False


class _DiedAtStart(Exception):
    """A session's process died before it was ready."""


class Supervisor:
    """Keeps sessions. `start` and `stop` it inside one event loop."""

    def __init__(self, places: Places, limits: SessionLimits, max_sessions: int, max_templates: int = 16) -> None:
        self._max_templates = max_templates
        self._places = places
        self._limits = limits
        self._max_sessions = max_sessions
        self._sessions: dict[UUID, Session] = {}
        self._deaths = DeathRegister()
        # Episodes whose session died, and whether it hung; where it died is read from the journal when somebody asks.
        self._died: dict[UUID, bool] = {}
        self._nursery: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._sending = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def nursery_pid(self) -> int | None:
        """The nursery's process."""
        return None if self._nursery is None else self._nursery.pid

    # --- start and stop ---

    async def start(self) -> None:
        """Start the nursery and listen for questions."""
        self._start_nursery()
        path = self._places.supervisor_socket
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(path), limit=_MAX_LINE_BYTES)
        self._keep(self._watch_for_hangs())

    async def stop(self) -> None:
        """Let every session put its episode aside and tell its player, then end the nursery."""
        if self._server is not None:
            self._server.close()
        for session in self._sessions.values():
            if session.line is not None:
                # Half a close: the session sees the end of its lifeline, and its last words still reach us.
                session.line.write_eof()
        farewells = [asyncio.create_task(session.ended.wait()) for session in self._sessions.values()]
        if farewells:
            await asyncio.wait(farewells, timeout=_FAREWELL_S)
        for task in (*self._tasks, *farewells):
            task.cancel()
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._nursery is not None:
            try:
                await asyncio.to_thread(self._nursery.wait, _FAREWELL_S)
            except subprocess.TimeoutExpired:
                self._nursery.kill()

    def _start_nursery(self) -> None:
        ours, theirs = socket.socketpair()
        settings = {
            "journals": str(self._places.journals),
            "sockets": str(self._places.sockets),
            "limits": asdict(self._limits),
            "max_templates": self._max_templates,
            "log_level": logging.getLevelName(logging.getLogger().getEffectiveLevel()),
        }
        self._nursery = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "skill_arcade.sessions.nursery",
                str(theirs.fileno()),
                json.dumps(settings),
            ],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **warm.ENVIRONMENT},
        )
        theirs.close()
        self._requests = ours

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- questions ---

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await self._answer(json.loads(line))
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            log.warning("a question to the supervisor broke off: %s", error)
        finally:
            writer.close()

    async def _answer(self, question: Mapping[str, Any]) -> dict[str, Any]:
        match question["ask"]:
            case "ensure":
                return await self._answer_ensure(SessionSpec.from_json(question["spec"]))
            case "capacity":
                return self._answer_capacity()
            case _:
                return {"sessions": [_status_of(session) for session in self._sessions.values()]}

    async def _answer_ensure(self, spec: SessionSpec) -> dict[str, Any]:
        try:
            await self.ensure(spec)
        except EpisodeOver as over:
            return {"ended": msgspec.to_builtins(over.ended)}
        except NoRoom as error:
            return {"full": str(error)}
        except SkillArcadeError as error:
            return {"failed": str(error)}
        return {"ready": True}

    def _answer_capacity(self) -> dict[str, Any]:
        n_sessions = len(self._sessions)
        may_start = n_sessions < self._max_sessions
        return {"n_sessions": n_sessions, "may_start": may_start, "why": "" if may_start else _FULL}

    # --- sessions ---

    async def ensure(self, spec: SessionSpec) -> None:
        """Return when the episode's session can be attached to; start or rebuild it where needed.

        A process that dies before it is ready is replaced; its deaths count, so this comes to an end.

        Raises:
            EpisodeOver: the episode has ended.
            SessionFailed: it cannot be started or resumed.
        """
        for _ in range(MAX_STARTS):
            session = await self._find_or_start(spec)
            try:
                async with asyncio.timeout(self._limits.start_s):
                    await asyncio.shield(session.ready)
            except TimeoutError:
                self._abandon_start(session)
                raise SessionFailed("The game did not start in time.") from None
            except _DiedAtStart:
                log.warning("the session of %s died before it was ready", spec.episode_id)
            else:
                return
        raise SessionFailed("The game's process dies whenever it is started.")

    async def _find_or_start(self, spec: SessionSpec) -> Session:
        # In a loop: while one waited for the end of an old session another may have started a new one.
        while (session := self._sessions.get(spec.episode_id)) is not None and session.over is not None:
            await session.ended.wait()
        return session if session is not None else await self._start(spec)

    async def _start(self, spec: SessionSpec) -> Session:
        if len(self._sessions) >= self._max_sessions:
            raise NoRoom(_FULL)
        loop = asyncio.get_running_loop()
        # Entered before the first await, so that a second question for the same episode waits for this one.
        session = Session(spec.episode_id, loop.create_future(), heard_s=loop.time())
        session.ready.add_done_callback(_retrieve)
        self._sessions[spec.episode_id] = session
        try:
            request = await asyncio.to_thread(self._prepare, spec)
            await self._send_request(session, request)
        except Exception as error:
            # The edge of one start: whatever went wrong, its seat is free again and whoever waits is told.
            session.over = "refused"
            self._end(session, error)
            if not isinstance(error, SkillArcadeError):
                log.exception("the session of %s could not be started", spec.episode_id)
                raise
        return session

    def _abandon_start(self, session: Session) -> None:
        """A session that does not become ready: end it; if it has no process yet its template is stuck."""
        if session.pid is not None:
            self._kill(session)
        elif self._nursery is not None:
            # Another nursery has other templates. Sessions that run are not touched.
            log.error("the game of %s does not open; starting another nursery", session.episode_id)
            self._nursery.kill()
        session.over = "refused"
        self._end(session, SessionFailed("The game did not start in time."))

    def _prepare(self, spec: SessionSpec) -> dict[str, Any]:
        """The nursery's request; gives an episode up whose session died too often."""
        folder = self._places.journal_folder(spec.episode_id)
        if folder.exists():
            try:
                journal = read_episode_journal(folder)
            except EpisodeNotFound:
                # Killed before its first record was whole: nothing was shown yet, and the start is repeated as it was.
                pass
            else:
                if journal.end is not None:
                    raise EpisodeOver(_ended_of(journal.end))
                hung = self._died.pop(spec.episode_id, None)
                # A process that somebody else killed is not its environment's fault, however often it happens.
                if hung or (hung is not None and died_stepping(folder)):
                    self._deaths.note(spec.episode_id, journal.n_steps, hung=hung)
                deaths = self._deaths.verdict(spec.episode_id)
                if deaths is not None:
                    self._give_up(spec.episode_id, deaths)
                return {
                    "environment": journal.provenance["environment"],
                    "spec": SessionSpec(spec.episode_id, None).to_json(),
                }
        if spec.provenance is None:
            raise EpisodeNotFound(str(spec.episode_id))
        return {"environment": spec.provenance["environment"], "spec": spec.to_json()}

    def _give_up(self, episode_id: UUID, deaths: Deaths) -> None:
        reason = EndReason.ENVIRONMENT_HUNG if deaths.hung else EndReason.ENVIRONMENT_CRASHED
        what = "did not answer" if deaths.hung else "ended its process"
        detail = f"The environment {what} {deaths.count} times after step {deaths.n_steps}."
        close_orphan(self._places.journal_folder(episode_id), reason, detail)
        self._deaths.forget(episode_id)
        raise SessionFailed(f"{detail} The episode is over; its record is kept.")

    async def _send_request(self, session: Session, request: dict[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        try:
            # In a thread: a nursery that is stuck must not stop the supervisor. One at a time, in order.
            async with self._sending:
                await asyncio.to_thread(self._send_to_nursery, request, theirs)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._keep(self._follow(session, ours))

    def _send_to_nursery(self, request: dict[str, Any], line: socket.socket) -> None:
        for attempt in (1, 2):
            if self._requests is None:
                raise SessionFailed("The server is stopping.")
            try:
                send_with_descriptors(self._requests, request, [line.fileno()])
            except OSError:
                log.warning("the nursery is gone; starting another (attempt %d)", attempt)
                self._requests.close()
                if self._nursery is not None:
                    self._nursery.wait()
                self._start_nursery()
            else:
                return
        raise SessionFailed("The process that starts games cannot be started.")

    async def _follow(self, session: Session, line: socket.socket) -> None:
        """Read a session's lifeline until its end."""
        reader, writer = await asyncio.open_connection(sock=line)
        session.line = writer
        try:
            while text := await reader.readline():
                await self._hear(session, json.loads(text))
        except (ConnectionError, ValueError):
            log.warning("the lifeline of %s broke", session.episode_id)
        finally:
            session.line = None
            writer.close()
            self._end(session, _DiedAtStart())

    async def _hear(self, session: Session, facts: Mapping[str, Any]) -> None:
        session.heard_s = asyncio.get_running_loop().time()
        if "beat" in facts:
            session.n_steps, session.alone_s = facts["beat"], facts["alone_s"]
        elif "pid" in facts:
            session.pid = facts["pid"]
        elif "ready" in facts:
            if not session.ready.done():
                session.ready.set_result(None)
        elif "over" in facts:
            session.over = facts["over"]
        elif "failed" in facts and not session.ready.done():
            if facts["code"] == "not_resumable":
                await self._close_not_resumable(session.episode_id, facts["failed"])
            session.over = "failed"
            session.ready.set_exception(SessionFailed(facts["failed"]))

    async def _close_not_resumable(self, episode_id: UUID, why: str) -> None:
        folder = self._places.journal_folder(episode_id)
        try:
            await asyncio.to_thread(close_orphan, folder, EndReason.NOT_RESUMABLE, why)
        except SkillArcadeError as error:
            # Its journal stays as it is; the next question for it, or the sealer a day later, tries again.
            log.error("the episode %s could not be closed: %s", episode_id, error)  # noqa: TRY400

    def _end(self, session: Session, why: Exception) -> None:
        """The session's process is no more; whoever waits for it is told `why`."""
        if self._sessions.get(session.episode_id) is session:
            del self._sessions[session.episode_id]
        if not session.ready.done():
            session.ready.set_exception(why)
        if session.over is None:
            self._died[session.episode_id] = session.hung
            log.warning("the session of %s died after about %d steps", session.episode_id, session.n_steps)
        elif session.over == "ended":
            self._deaths.forget(session.episode_id)
        session.ended.set()

    async def _watch_for_hangs(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(1.0)
            for session in list(self._sessions.values()):
                is_up = session.ready.done() and session.over is None
                if is_up and loop.time() - session.heard_s > self._limits.hang_s:
                    session.hung = True
                    self._kill(session)

    def _kill(self, session: Session) -> None:
        if session.pid is not None and not session.ended.is_set():
            log.warning("killing the session of %s: no sign of life", session.episode_id)
            try:
                os.kill(session.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.info("it was gone already")


def _ended_of(end: Mapping[str, Any]) -> Ended:
    """What the player of an ended episode is told, from its END record (REC-40)."""
    return Ended(
        status=end["status"],
        reason=end["end_reason"],
        n_steps=end["n_steps"],
        score=end["score"],
        metric=end["metric"],
    )


def _status_of(session: Session) -> dict[str, Any]:
    return {
        "episode_id": str(session.episode_id),
        "pid": session.pid or 0,
        "n_steps": session.n_steps,
        "disconnected_for_s": session.alone_s,
    }


def _retrieve(future: asyncio.Future[None]) -> None:
    """Mark a failure as seen: not every session that fails has somebody waiting for it."""
    if not future.cancelled():
        future.exception()
