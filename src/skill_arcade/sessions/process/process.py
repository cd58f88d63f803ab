"""The process of one session: a plain blocking loop around `Play`, its player's socket, its line to the supervisor.

It never touches the database. It ends when the episode has ended, when the supervisor is gone, or when
nobody has been connected for a while; in the latter two cases the episode can be resumed from its journal.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import time
from collections.abc import Mapping
from typing import Any

from skill_arcade.domain.errors import NotReproducible, SkillArcadeError
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.sessions.play.clocks import SystemClock
from skill_arcade.sessions.play.conversation import Attachment
from skill_arcade.sessions.play.play import Play
from skill_arcade.sessions.process.doorstep import Doorstep
from skill_arcade.sessions.process.lifeline import NS_PER_S, Lifeline
from skill_arcade.sessions.process.opening import RulesOf, open_play
from skill_arcade.sessions.process.player_socket import PlayerSocket
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.wire.closes import Close
from skill_arcade.wire.limits import HELLO_TIMEOUT_S

_FAREWELL_S = 1.0
_ROUNDS_NS = NS_PER_S // 4

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
    doorstep = Doorstep(places.session_socket(spec.episode_id))
    lifeline.tell(ready=True)
    _Loop(play, doorstep, lifeline, limits).run()
    writer.close()
    if play.has_unwritten:
        log.error("%s: what was played while the disk was full is lost; the player was not shown it", spec.episode_id)
    lifeline.tell(over="ended" if play.is_over else "suspended", n_steps=play.n_steps)


class _Loop:
    """Waits for what comes first: a client's bytes, a new client, the next deadline, the end of the supervisor."""

    def __init__(self, play: Play, doorstep: Doorstep, lifeline: Lifeline, limits: SessionLimits) -> None:
        self._play = play
        self._doorstep = doorstep
        self._lifeline = lifeline
        self._linger_ns = round(limits.linger_s * NS_PER_S)
        self._rounds_due_ns = 0
        # By their descriptors; `_watched` are these and the two others, all that may become readable.
        self._connections: dict[int, PlayerSocket] = {}
        self._watched = [doorstep.fileno(), lifeline.fileno()]
        self._attached: PlayerSocket | None = None
        # Sockets of which not a message has come: what the gateway said of each, and how long that may last.
        self._newcomers: dict[PlayerSocket, tuple[Attachment, int]] = {}

    def run(self) -> None:
        """Until the episode is over or put aside."""
        play = self._play
        while not play.is_over:
            now_ns = time.monotonic_ns()
            if now_ns >= self._rounds_due_ns and not self._make_rounds(now_ns):
                break
            if not self._turn(max(0, play.wake_at_ns - now_ns)):
                play.suspend()
                break
        # Whoever comes now is to wait for the next session, and not for this one.
        self._doorstep.close()
        for connection in self._newcomers:
            connection.close(Close.RESTARTING, "come back in a moment; your game is kept")
        self._say_farewell()

    def _make_rounds(self, now_ns: int) -> bool:
        """Do what a few times a second is enough for; False when the session has been left alone for too long."""
        self._rounds_due_ns = now_ns + _ROUNDS_NS
        since_ns = self._play.unattended_since_ns
        self._lifeline.beat(now_ns, self._play.n_steps, since_ns)
        for connection in self._connections.values():
            connection.give_up_if_late()
        for connection, (_, hello_by_ns) in self._newcomers.items():
            if now_ns > hello_by_ns:
                connection.close(Close.NO_HELLO, f"no hello came within {HELLO_TIMEOUT_S:.0f} seconds")
        self._forget_gone()
        alone = since_ns is not None and now_ns - since_ns > self._linger_ns
        return not alone or self._play.has_unwritten

    def _turn(self, timeout_ns: int) -> bool:
        """Wait once, and do what came; False when the supervisor is gone."""
        congested = [number for number, each in self._connections.items() if each.is_congested]
        # select and not epoll: its timeout is in microseconds, epoll's is rounded up to a whole millisecond.
        readable, writable, _ = select.select(self._watched, congested, [], timeout_ns / NS_PER_S)
        if (readable or writable) and not self._serve(readable, writable):
            return False
        self._play.wake()
        self._forget_gone()
        return True

    def _serve(self, readable: list[int], writable: list[int]) -> bool:
        if self._lifeline.fileno() in readable:
            return False
        for number in writable:
            self._connections[number].flush()
        for number in readable:
            if number in self._connections:
                self._read(self._connections[number])
        self._forget_gone()
        # Last: a new socket may get the number of one that has gone.
        if self._doorstep.fileno() in readable:
            self._accept()
        return True

    def _accept(self) -> None:
        arrived = self._doorstep.take()
        if arrived is None:
            return
        accepted, attachment = arrived
        connection = PlayerSocket(accepted)
        self._connections[connection.fileno()] = connection
        self._watched.append(connection.fileno())
        self._newcomers[connection] = attachment, time.monotonic_ns() + round(HELLO_TIMEOUT_S * NS_PER_S)

    def _read(self, connection: PlayerSocket) -> None:
        for message in connection.read():
            # An earlier client plays on until the new one has said something (LIVE-26).
            if connection in self._newcomers:
                attachment, _ = self._newcomers.pop(connection)
                self._attached = connection
                self._play.attach(connection, attachment)
            if connection is self._attached:
                self._play.receive(message)

    def _forget_gone(self) -> None:
        for number, connection in list(self._connections.items()):
            # Nobody is there any more once a close was said, however long the other side takes to answer it.
            if connection is self._attached and (connection.is_closing or connection.is_gone):
                self._attached = None
                self._play.detach()
            if connection.is_gone:
                del self._connections[number]
                self._watched.remove(number)
                self._newcomers.pop(connection, None)

    def _say_farewell(self) -> None:
        """Give the last words a moment to leave."""
        deadline_s = time.monotonic() + _FAREWELL_S
        while time.monotonic() < deadline_s:
            self._forget_gone()
            closing = {number: each for number, each in self._connections.items() if each.is_closing}
            if not closing:
                return
            congested = [number for number, each in closing.items() if each.is_congested]
            readable, writable, _ = select.select(closing, congested, [], _FAREWELL_S / 20)
            for number in readable:
                closing[number].read()
            for number in writable:
                closing[number].flush()
