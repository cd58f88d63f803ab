"""A warm parent of rooms: one game, opened and never stepped; each room is a fork of it.

Single-threaded by necessity (a fork copies one thread), and garbage collection is off: a session lives briefly, makes
no cycles to speak of, and a collection in the middle of a tick would be a stall.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from skill_arcade.domain.errors import SkillArcadeError
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.sessions.fd_passing import receive_with_descriptors, send_with_descriptors
from skill_arcade.sessions.process.game_rules import rules_of_game
from skill_arcade.sessions.process.lifeline import Lifeline
from skill_arcade.sessions.process.provenance import read_environment_facts
from skill_arcade.sessions.process.room import Room
from skill_arcade.sessions.process.words import A_SEAT_IS_FREE, NO_MORE
from skill_arcade.sessions.spec import Places, SessionLimits

MAX_SEATS = 8
"""How many may play in one room at once."""

STOCK_A_PLAYER = 8
"""How many environments are opened for everybody who comes, up to these."""

MAX_EPISODES = 16
"""How many a room has environments for: whoever leaves makes room for somebody else, half of them in the mean."""

RETURN_S = 60.0
"""For how long the players of a room that died are expected in its stand-by."""

_LONGEST = 64

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Door:
    """A room as its template knows it.

    Attributes:
        line: newcomers go there.
        n_left: environments that nobody has stepped yet.
        n_seated: who has come and not left.
        episodes: of all who have come.
        stand_by: the newest stand-by's own door; None before the first.
        returning: of a stand-by whose room has died, the episodes that may go on in it.
        expires_s: of such a stand-by, when nobody is expected any more; monotonic.
    """

    line: socket.socket
    n_left: int
    n_seated: int = 0
    episodes: set[str] = field(default_factory=set)
    stand_by: socket.socket | None = None
    returning: set[str] = field(default_factory=set)
    expires_s: float | None = None

    @property
    def has_room(self) -> bool:
        return self.n_left > 0 and self.n_seated < MAX_SEATS

    def close(self) -> None:
        self.line.close()
        if self.stand_by is not None:
            self.stand_by.close()

    def hear(self) -> bool:
        """Read what the room says; False when there is no more to expect of it."""
        try:
            words, descriptors, _, _ = socket.recv_fds(self.line, _LONGEST, _LONGEST)
        except ConnectionResetError:
            words, descriptors = b"", []
        for descriptor in descriptors:
            if self.stand_by is not None:
                self.stand_by.close()
            self.stand_by = socket.socket(fileno=descriptor)
        self.n_seated -= words.count(A_SEAT_IS_FREE)
        if words:
            return NO_MORE not in words
        # It died. Its newest stand-by takes its place.
        self.line.close()
        if self.stand_by is None:
            return False
        self.line, self.stand_by, self.n_seated = self.stand_by, None, 0
        self.returning, self.expires_s = self.episodes.copy(), time.monotonic() + RETURN_S
        return True


class Template:
    """Holds an environment open, forks rooms of itself, and fills them."""

    def __init__(
        self, environment: EnvironmentSpec, requests: socket.socket, places: Places, limits: SessionLimits
    ) -> None:
        """Open the environment.

        Args:
            environment: of all rooms.
            requests: where SessionSpecs come from, each with the descriptor of its lifeline.
            places: where journals and sockets are.
            limits: for the sessions.
        """
        self._environment = environment
        self._requests = requests
        self._places = places
        self._limits = limits
        self._doors: list[_Door] = []
        self._facts: Mapping[str, Any] = {}
        self._problem = ""
        # Opened and never stepped; every room gets a copy of all of them, and does not disturb these.
        self._stock: list[Simulation] = []
        self._is_full = False
        self._n_asked = 0
        self._grow()

    def run(self) -> None:
        """Serve requests until the other side closes. Rooms live on; nobody new comes to them."""
        while True:
            # Opened in advance, and not before they may be needed: nobody waits for the environment of the sixteenth.
            may_grow = not self._is_full and len(self._stock) < STOCK_A_PLAYER * self._n_asked
            lines = [self._requests, *(door.line for door in self._doors)]
            readable, _, _ = select.select(lines, [], [], 0 if may_grow else self._patience_s)
            self._hear_rooms(readable)
            if self._requests in readable:
                request = receive_with_descriptors(self._requests)
                if request is None:
                    return
                message, (lifeline,) = request
                self._n_asked += 1
                self._seat(message, lifeline)
                os.close(lifeline)
            elif may_grow:
                self._grow()

    def _grow(self) -> None:
        """Open one environment more."""
        try:
            simulation = open_simulation(self._environment)
            # A first reset loads what is loaded late (a ROM, a font), so that sessions find it loaded.
            simulation.reset(0, 0)
            simulation.picture()
            self._facts = self._facts or read_environment_facts(self._environment)
        except SkillArcadeError as error:
            self._problem, self._is_full = str(error), True
        else:
            self._stock.append(simulation)
            self._is_full = not simulation.may_share_process or len(self._stock) >= MAX_EPISODES
        gc.collect()
        gc.freeze()

    @property
    def _patience_s(self) -> float | None:
        """How long there is nothing to do if nobody says anything."""
        return RETURN_S / 4 if any(door.expires_s is not None for door in self._doors) else None

    # --- who sits where ---

    def _seat(self, message: Mapping[str, Any], lifeline: int) -> None:
        """Send a request to the fullest room that has a seat, or to a new room."""
        if not self._stock:
            line = Lifeline(socket.socket(fileno=os.dup(lifeline)))
            line.tell(failed=self._problem, code="failed")
            line.close()
            return
        # Resuming makes steps again for seconds: nobody else is to wait for that.
        is_new = message["provenance"] is not None
        episode_id = message["episode_id"]
        doors = [door for door in self._doors if (door.has_room if is_new else episode_id in door.returning)]
        for door in sorted(doors, key=lambda door: -door.n_seated):
            if self._send_in(door, message, lifeline):
                return
        self._send_in(self._fork_room(len(self._stock) if is_new else 1, lifeline), message, lifeline)

    def _send_in(self, door: _Door, message: Mapping[str, Any], lifeline: int) -> bool:
        """Whether a request could be sent to a room."""
        try:
            send_with_descriptors(door.line, dict(message), [lifeline])
        except OSError:
            log.warning("a room died")
            self._forget(door)
            return False
        door.n_seated += 1
        if message["episode_id"] not in door.returning:
            door.n_left -= 1
        door.episodes.add(message["episode_id"])
        door.returning.discard(message["episode_id"])
        door.expires_s = None
        return True

    def _hear_rooms(self, readable: list[socket.socket]) -> None:
        for door in list(self._doors):
            is_due = door.expires_s is not None and time.monotonic() > door.expires_s
            if is_due or (door.line in readable and not door.hear()):
                self._forget(door)

    def _forget(self, door: _Door) -> None:
        self._doors.remove(door)
        door.close()

    def _fork_room(self, n_episodes: int, foreign: int) -> _Door:
        """Fork a room. It must not keep our copy of a lifeline (`foreign`): that ends with its session."""
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            ours.close()
            os.close(foreign)
            self._be_room(theirs, n_episodes)
        theirs.close()
        door = _Door(ours, n_episodes)
        self._doors.append(door)
        return door

    def _be_room(self, door: socket.socket, n_episodes: int) -> NoReturn:
        """The child's whole life."""
        status = 1
        try:
            self._requests.close()
            for other in self._doors:
                other.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            Room(door, self._stock[:n_episodes], rules_of_game, self._facts, self._places, self._limits).run()
            status = 0
        except BaseException:
            # The edge of the process: what is in the journals is kept, the supervisor sees the lifelines end.
            log.exception("a room died; its episodes can be resumed from their journals")
        finally:
            logging.shutdown()
            os._exit(status)


def run_template(
    environment: Mapping[str, Any], requests: socket.socket, places: Places, limits: SessionLimits
) -> None:
    """Be the template of one environment until the other side of `requests` closes.

    Args:
        environment: `EnvironmentSpec` as JSON.
        requests: where SessionSpecs come from, each with the descriptor of its lifeline.
        places: where journals and sockets are.
        limits: for the sessions.
    """
    gc.disable()
    # Rooms are reaped by the kernel; the supervisor learns of a death by the end of its lifelines.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    Template(EnvironmentSpec.from_json(environment), requests, places, limits).run()
