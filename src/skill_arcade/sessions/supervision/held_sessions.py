"""The sessions that the supervisor holds: started when asked for, followed to their end, killed if they hang."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Coroutine
from uuid import UUID

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.sessions.process.lifeline import MOVED
from skill_arcade.sessions.spec import SessionLimits, SessionSpec
from skill_arcade.sessions.supervision.admission import Admission
from skill_arcade.sessions.supervision.control import Capacity, NoRoom, SessionFailed, SessionStatus
from skill_arcade.sessions.supervision.nursery_link import NurseryLink
from skill_arcade.sessions.supervision.session import Session
from skill_arcade.sessions.supervision.start_requests import StartRequests
from skill_arcade.sessions.supervision.status import SupervisionStatus
from skill_arcade.sessions.supervision.tally import Tally

log = logging.getLogger(__name__)

MAX_STARTS = 5
"""How often one question starts a session whose process dies before it is ready."""

_FAREWELL_S = 5.0
"""How long sessions get to put their episodes aside when the server stops."""

_MOVING_S = 3.0
"""How long one session gets to do the same when its episode moves to another server."""

_MEASURED_EVERY_S = 1.0


class _DiedAtStart(Exception):
    """A session's process died before it was ready."""


class HeldSessions:
    """Every session there is, at most one for each episode."""

    def __init__(
        self, nursery: NurseryLink, requests: StartRequests, limits: SessionLimits, admission: Admission
    ) -> None:
        self._nursery = nursery
        self._requests = requests
        self._limits = limits
        self._admission = admission
        self._tally = Tally()
        self._sessions: dict[UUID, Session] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self) -> None:
        """From now on kill sessions that hang, and measure what all of them need."""
        self._keep(self._watch_for_hangs())
        self._keep(self._measure())

    async def put_aside(self) -> None:
        """Let every session put its episode aside and tell its player."""
        for session in self._sessions.values():
            if session.line is not None:
                # Half a close: the session sees the end of its lifeline, and its last words still reach us.
                session.line.write_eof()
        farewells = [asyncio.create_task(session.ended.wait()) for session in self._sessions.values()]
        if farewells:
            await asyncio.wait(farewells, timeout=_FAREWELL_S)
        for task in (*self._tasks, *farewells):
            task.cancel()

    async def put_aside_one(self, episode_id: UUID) -> bool:
        """End the session of an episode that moves to another server; whether there is none any more."""
        session = self._sessions.get(episode_id)
        if session is None:
            return True
        if session.line is not None:
            session.line.write(MOVED)
            session.line.write_eof()
        try:
            async with asyncio.timeout(_MOVING_S):
                await session.ended.wait()
        except TimeoutError:
            return False
        return True

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- what is asked ---

    def status(self) -> list[SessionStatus]:
        """Every session there is."""
        return [session.status for session in self._sessions.values()]

    def describe(self) -> SupervisionStatus:
        """How many there are, and what they have counted."""
        return SupervisionStatus.of(self._sessions, self._tally, self._admission)

    def capacity(self) -> Capacity:
        """Whether one more may be held."""
        return self._admission.count(self._sessions)

    def admit(self, episode_id: UUID, person_id: UUID) -> Capacity:
        """Whether this person may begin this new episode; if so, a place is promised to it."""
        return self._admission.admit(episode_id, person_id, self._sessions)

    async def ensure(self, spec: SessionSpec) -> None:
        """Return when the episode's session can be attached to; start or rebuild it where needed.

        A process that dies before it is ready is replaced; its deaths count, so this comes to an end.

        Raises:
            EpisodeOver: the episode has ended.
            SessionFailed: it cannot be started or resumed.
            NoRoom: all places are taken.
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
                log.warning("the session of %s died before it was ready", spec.episode_id, extra=about(spec.episode_id))
            else:
                return
        raise SessionFailed("The game's process dies whenever it is started.")

    # --- from its start to its end ---

    async def _find_or_start(self, spec: SessionSpec) -> Session:
        # In a loop: while one waited for the end of an old session another may have started a new one.
        while (session := self._sessions.get(spec.episode_id)) is not None and session.over is not None:
            await session.ended.wait()
        return session if session is not None else await self._start(spec)

    async def _start(self, spec: SessionSpec) -> Session:
        is_new = spec.provenance is not None
        if not (capacity := self._admission.begin(spec.episode_id, self._sessions, is_new=is_new)).may_start:
            raise NoRoom(capacity.why)
        # Entered before the first await, so that a second question for the same episode waits for this one.
        session = self._sessions[spec.episode_id] = Session(spec.episode_id, is_new=is_new)
        try:
            request = await asyncio.to_thread(self._requests.make, spec)
            session.environment = request["environment"]
            line = await self._nursery.ask(request)
        except Exception as error:
            # The edge of one start: whatever went wrong, its seat is free again and whoever waits is told.
            session.over = "refused"
            self._end(session, error)
            if not isinstance(error, SkillArcadeError):
                log.exception("the session of %s could not be started", spec.episode_id, extra=about(spec.episode_id))
                raise
        else:
            self._keep(self._follow(session, line))
        return session

    def _abandon_start(self, session: Session) -> None:
        """A session that does not become ready: end it; if it has no process yet its template is stuck."""
        if session.pid is not None:
            session.kill()
        else:
            # Another nursery has other templates. Sessions that run are not touched.
            log.error(
                "the game of %s does not open; starting another nursery",
                session.episode_id,
                extra=about(session.episode_id),
            )
            self._nursery.kill()
        session.over = "refused"
        self._tally.note_death("starting")
        self._end(session, SessionFailed("The game did not start in time."))

    async def _follow(self, session: Session, line: socket.socket) -> None:
        """Read a session's lifeline until its end."""
        reader, writer = await asyncio.open_connection(sock=line)
        session.line = writer
        try:
            while text := await reader.readline():
                facts = json.loads(text)
                if facts.get("code") == "not_resumable" and not session.ready.done():
                    await asyncio.to_thread(self._requests.close_not_resumable, session.episode_id, facts["failed"])
                session.hear(facts)
                if "ready" in facts:
                    self._tally.note_start(session)
        except (ConnectionError, ValueError):
            log.warning("the lifeline of %s broke", session.episode_id, extra=about(session.episode_id))
        finally:
            session.line = None
            writer.close()
            self._end(session, _DiedAtStart())

    def _end(self, session: Session, why: Exception) -> None:
        """The session's process is no more; whoever waits for it is told `why`."""
        if self._sessions.get(session.episode_id) is session:
            del self._sessions[session.episode_id]
            self._tally.keep(session)
        was_played = session.ready.done()
        if not was_played:
            session.ready.set_exception(why)
        if session.over is None and session.pid is None:
            # So no environment of its own died.
            log.warning("the session of %s got no process", session.episode_id, extra=about(session.episode_id))
            self._tally.note_death("starting")
        elif session.over is None:
            environment = session.environment if was_played else None
            self._requests.note_death(session.episode_id, environment, hung=session.hung)
            self._tally.note_death("hung" if session.hung else "playing" if was_played else "starting")
            log.warning(
                "the session of %s died after about %d steps",
                session.episode_id,
                session.n_steps,
                extra=about(session.episode_id),
            )
        elif session.over == "ended":
            self._requests.note_end(session.episode_id)
        session.ended.set()

    async def _watch_for_hangs(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for session in list(self._sessions.values()):
                if session.hangs(self._limits.hang_s):
                    session.hung = True
                    session.kill()

    async def _measure(self) -> None:
        while True:
            self._admission.measure(self._sessions)
            await asyncio.sleep(_MEASURED_EVERY_S)
