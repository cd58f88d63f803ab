"""Owns every session process: its nursery makes them, its sessions are held, its control server is asked for them.

    gateway ──control socket──▶ supervisor ──requests──▶ nursery ──forks──▶ template ──forks──▶ session
                                     ▲───────────────lifeline (one for each session)───────────────┘

A session's death is the end of its lifeline. The supervisor rebuilds nothing by itself: whoever needs the episode asks
for it again (`ensure`), and a session is started that replays the journal.
"""

from __future__ import annotations

from skill_arcade.sessions.spec import Places, SessionLimits
from skill_arcade.sessions.supervision.admission import Admission
from skill_arcade.sessions.supervision.control_server import ControlServer
from skill_arcade.sessions.supervision.headroom import Headroom
from skill_arcade.sessions.supervision.held_sessions import HeldSessions
from skill_arcade.sessions.supervision.nursery_link import NurseryLink
from skill_arcade.sessions.supervision.start_requests import StartRequests
from skill_arcade.sessions.supervision.status import SupervisionStatus


class Supervisor:
    """Puts its parts together, and starts and stops them in order, inside one event loop.

    Args:
        places: where sessions live.
        limits: how long things may take.
        max_sessions: how many may be held at once.
        max_templates: of so many games that share a process, and of so many others, environments are kept open.
        cpu_limit: the share of the processors above which nobody new is let in: 1 for none, None for what is measured.
    """

    def __init__(
        self,
        places: Places,
        limits: SessionLimits,
        max_sessions: int,
        max_templates: int = 16,
        cpu_limit: float | None = 1,
    ) -> None:
        self._nursery = NurseryLink(places, limits, max_templates)
        admission = Admission(Headroom(cpu_limit), max_sessions)
        self._sessions = HeldSessions(self._nursery, StartRequests(places), limits, admission)
        self._control = ControlServer(places.supervisor_socket, self._sessions)

    @property
    def nursery_pid(self) -> int | None:
        """The nursery's process."""
        return self._nursery.pid

    def describe(self) -> SupervisionStatus:
        """How many sessions there are, and what was counted so far."""
        return self._sessions.describe()

    async def start(self) -> None:
        """Start the nursery and listen for questions."""
        self._nursery.start()
        await self._control.start()
        self._sessions.watch()

    async def put_aside(self) -> None:
        """Begin nothing any more; let every session put its episode aside and tell its player to come back."""
        self._control.stop()
        await self._sessions.put_aside()

    async def stop(self) -> None:
        """Put everything aside, then end the nursery."""
        await self.put_aside()
        await self._nursery.stop()
