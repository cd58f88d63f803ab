"""The process of one session: a plain blocking loop around `Play`, its Unix socket and its lifeline to the supervisor.

It never touches the database or the network. It ends when the episode has ended, when the supervisor is gone, or when
nobody has been connected for a while; in the latter two cases the episode can be resumed from its journal.
"""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from skill_arcade.domain.errors import NotReproducible, SkillArcadeError
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.sessions.clocks import SystemClock
from skill_arcade.sessions.conversation import Attachment
from skill_arcade.sessions.lifeline import NS_PER_S, Lifeline
from skill_arcade.sessions.local_connection import LocalConnection
from skill_arcade.sessions.opening import RulesOf, open_play
from skill_arcade.sessions.play import Play
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.wire.local import LocalKind

_FAREWELL_S = 1.0

log = logging.getLogger(__name__)


def run_session(
    spec: SessionSpec,
    simulation: Simulation,
    rules_of: RulesOf,
    facts: Mapping[str, Any],
    places: Places,
    limits: SessionLimits,
    line: socket.socket,
) -> None:
    """Play one episode in this process until it is over or put aside.

    Args:
        spec: which.
        simulation: opened, for the game of `spec`; it is reset here.
        rules_of: (game definition, simulation) to the session's rules.
        facts: of the environment, for the provenance.
        places: where journals and sockets are.
        limits: how long it may be unattended.
        line: the lifeline.
    """
    lifeline = Lifeline(line)
    lifeline.tell(pid=os.getpid())
    try:
        play, writer = open_play(spec, simulation, rules_of, facts, places, limits, SystemClock())
    except SkillArcadeError as error:
        code = "not_resumable" if isinstance(error, NotReproducible) else "failed"
        lifeline.tell(failed=str(error), code=code)
        return
    path = places.session_socket(spec.episode_id)
    with _listen(path) as listener:
        lifeline.tell(ready=True)
        _Loop(play, listener, lifeline, limits).run()
    path.unlink(missing_ok=True)
    writer.close()
    if play.has_unwritten:
        log.error("%s: what was played while the disk was full is lost; the player was not shown it", spec.episode_id)
    lifeline.tell(over="ended" if play.is_over else "suspended", n_steps=play.n_steps)


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(4)
    listener.settimeout(0)
    return listener


class _Loop:
    """Waits for what comes first: bytes of a gateway, a new gateway, the next deadline, the end of the supervisor."""

    def __init__(self, play: Play, listener: socket.socket, lifeline: Lifeline, limits: SessionLimits) -> None:
        self._play = play
        self._listener = listener
        self._lifeline = lifeline
        self._linger_ns = round(limits.linger_s * NS_PER_S)
        self._connections: list[LocalConnection] = []
        self._attached: LocalConnection | None = None

    def run(self) -> None:
        """Until the episode is over or put aside."""
        while not self._play.is_over:
            now_ns = time.monotonic_ns()
            since_ns = self._play.unattended_since_ns
            self._lifeline.beat(now_ns, self._play.n_steps, since_ns)
            alone = since_ns is not None and now_ns - since_ns > self._linger_ns
            if alone and not self._play.has_unwritten:
                break
            if not self._turn(max(0, self._play.wake_at_ns - now_ns)):
                self._play.suspend()
                break
        self._say_farewell()

    def _turn(self, timeout_ns: int) -> bool:
        """Wait once, and do what came; False when the supervisor is gone."""
        self._forget_gone()
        # select and not epoll: its timeout is in microseconds, epoll's is rounded up to a whole millisecond.
        wanted: list[int | LocalConnection] = [self._listener.fileno(), self._lifeline.fileno()]
        readable, writable, _ = select.select(
            [*wanted, *self._connections],
            [c for c in self._connections if c.is_congested],
            [],
            timeout_ns / NS_PER_S,
        )
        if self._lifeline.fileno() in readable:
            return False
        if self._listener.fileno() in readable:
            self._accept()
        for connection in self._connections[:]:
            if connection in readable:
                self._read(connection)
            if connection in writable:
                connection.flush()
        self._forget_gone()
        self._play.wake()
        return True

    def _accept(self) -> None:
        accepted, _ = self._listener.accept()
        self._connections.append(LocalConnection(accepted))

    def _read(self, connection: LocalConnection) -> None:
        for message in connection.read():
            if message.kind is LocalKind.ATTACH:
                facts = json.loads(message.body)
                self._play.attach(connection, Attachment(facts["resume_token"], facts["reattached"]))
                self._attached = connection
            elif message.kind is LocalKind.TEXT and connection is self._attached:
                self._play.receive(message.body)

    def _forget_gone(self) -> None:
        for connection in [c for c in self._connections if c.is_gone]:
            self._connections.remove(connection)
            if connection is self._attached:
                self._attached = None
                self._play.detach()

    def _say_farewell(self) -> None:
        """Give the last words a moment to leave."""
        deadline_s = time.monotonic() + _FAREWELL_S
        while time.monotonic() < deadline_s:
            self._forget_gone()
            open_ones = [c for c in self._connections if c.is_closing]
            if not open_ones:
                return
            congested = [c for c in open_ones if c.is_congested]
            readable, _, _ = select.select(open_ones, congested, [], _FAREWELL_S / 20)
            for connection in readable:
                connection.read()
            for connection in congested:
                connection.flush()
