"""A warm parent of rooms: environments of some games, opened and never stepped; each room is a fork of it.

Single-threaded by necessity (a fork copies one thread), and garbage collection is off: a session lives briefly, makes
no cycles to speak of, and a collection in the middle of a tick would be a stall.
"""

from __future__ import annotations

import gc
import itertools
import logging
import os
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from skill_arcade.domain.log_line import about
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.sessions.fd_passing import receive_with_descriptors
from skill_arcade.sessions.process.door import RETURN_S, Door
from skill_arcade.sessions.process.game_rules import rules_of_game
from skill_arcade.sessions.process.lifeline import Lifeline
from skill_arcade.sessions.process.priority import Priority
from skill_arcade.sessions.process.room import Room
from skill_arcade.sessions.process.stock import Stock, key_of
from skill_arcade.sessions.readable import await_readable
from skill_arcade.sessions.spec import Places, SessionLimits

MAX_OPEN = 48
"""So many environments are kept of all games, 95 ms and 1 MB each: three for each seat of a room."""

SOME = 4
"""So many of each game there may be in any case."""

_GOLDEN_RATIO = 0.6180339887498949

log = logging.getLogger(__name__)


class Template:
    """Holds environments open, forks rooms of itself, and fills them."""

    def __init__(self, requests: socket.socket, places: Places, limits: SessionLimits, max_stocks: int) -> None:
        """Open nothing yet.

        Args:
            requests: `{"environment", "spec"}` come from there, each with the descriptor of its lifeline.
            places: where journals and sockets are.
            limits: for the sessions.
            max_stocks: of so many games environments are kept open.
        """
        self._requests = requests
        self._places = places
        self._limits = limits
        self._max_stocks = max_stocks
        self._stocks: dict[str, Stock] = {}  # by `key_of`; the one that was asked for last stands last
        self._doors: list[Door] = []

    def run(self) -> None:
        """Serve requests until the other side closes. Rooms live on; nobody new comes to them."""
        while True:
            growing = self._choose_growing()
            lines = [self._requests, *(door.line for door in self._doors)]
            readable = await_readable(lines, self._patience_s if growing is None else 0)
            self._hear_rooms(readable)
            if self._requests in readable:
                request = receive_with_descriptors(self._requests)
                if request is None:
                    return
                message, descriptors = request
                if not descriptors:
                    # The supervisor sees it end, and asks again.
                    log.warning(
                        "a lifeline did not arrive: this process has too many files open",
                        extra=about(message["spec"]["episode_id"]),
                    )
                for lifeline in descriptors:
                    self._seat(message, lifeline)
                    os.close(lifeline)
            elif growing is not None:
                growing.grow()

    @property
    def _patience_s(self) -> float | None:
        """How long there is nothing to do if nobody says anything."""
        return RETURN_S / 4 if any(door.expires_s is not None for door in self._doors) else None

    def _choose_growing(self) -> Stock | None:
        """What is played most for what there is of it; None where there are environments enough."""
        n_open = sum(len(stock.simulations) for stock in self._stocks.values())
        most = MAX_OPEN if n_open < MAX_OPEN else SOME
        wanting = [stock for stock in self._stocks.values() if stock.wants_more and len(stock.simulations) < most]
        return max(wanting, key=lambda stock: stock.n_asked / len(stock.simulations), default=None)

    # --- who sits where ---

    def _seat(self, request: Mapping[str, Any], lifeline: int) -> None:
        """Send somebody to the fullest room that has a seat, or to a new room."""
        comes_back = request["spec"]["provenance"] is None
        is_seated = self._send_to_a_room(request, lifeline)
        if is_seated and comes_back:
            return  # its environment is there
        stock = self._ask_stock(request["environment"])
        if is_seated:
            return
        if not stock.simulations:
            line = socket.socket(fileno=lifeline)
            Lifeline(line).tell(failed=stock.problem, code="failed")
            line.detach()
            return
        if comes_back:
            n_left = {key_of(request["environment"]): 1}  # it stays alone
        else:
            n_left = {key: len(each.simulations) for key, each in self._stocks.items()}
        door = self._fork_room(n_left, lifeline)
        if door is not None:
            self._send_in(door, request, lifeline)

    def _send_to_a_room(self, request: Mapping[str, Any], lifeline: int) -> bool:
        """Whether there was one with a seat."""
        for door in list(self._doors):
            if not door.hear_death_of(request["spec"]["episode_id"]):
                self._forget(door)
        # Of rooms alike the newest: it has environments of the most games.
        doors = [door for door in reversed(self._doors) if door.takes(request)]
        return any(self._send_in(door, request, lifeline) for door in sorted(doors, key=lambda door: -door.n_seated))

    def _ask_stock(self, environment: Mapping[str, Any]) -> Stock:
        """The environments of a game; that of the longest unplayed one goes where there are too many games."""
        key = key_of(environment)
        stock = self._stocks.pop(key, None) or Stock(EnvironmentSpec.from_json(environment))
        self._stocks[key] = stock
        for oldest in list(self._stocks)[: -self._max_stocks]:
            del self._stocks[oldest]
        stock.ask()
        return stock

    def _send_in(self, door: Door, request: Mapping[str, Any], lifeline: int) -> bool:
        """Whether a request could be sent to a room."""
        try:
            door.send(request, lifeline)
        except OSError:
            log.warning("a room died")
            self._forget(door)
            return False
        return True

    def _hear_rooms(self, readable: list[socket.socket]) -> None:
        for door in list(self._doors):
            is_due = door.expires_s is not None and time.monotonic() > door.expires_s
            if (is_due and not door.expire()) or (door.line in readable and not door.hear()):
                self._forget(door)

    def _forget(self, door: Door) -> None:
        self._doors.remove(door)
        door.close()

    # --- a new room ---

    def _fork_room(self, n_left: Mapping[str, int], foreign: int) -> Door | None:
        """Fork a room. It must not keep our copy of a lifeline (`foreign`): that ends with its session.

        Returns:
            None where the system has no room for one more process: the supervisor sees the lifeline end and asks again.
        """
        phase = choose_phase([door.phase for door in self._doors])
        try:
            ours, theirs = socket.socketpair()
            pid = os.fork()
        except OSError as error:
            log.warning("no room can be forked for somebody who wants to play: %s", error)
            return None
        if pid == 0:
            ours.close()
            os.close(foreign)
            self._be_room(theirs, phase)
        theirs.close()
        door = Door(ours, phase, n_left)
        self._doors.append(door)
        return door

    def _be_room(self, door: socket.socket, phase: float) -> NoReturn:
        """The child's whole life."""
        status = 1
        try:
            self._requests.close()
            for other in self._doors:
                other.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            priority = Priority(may_be_first=all(stock.is_quick for stock in self._stocks.values()))
            Room(door, self._stocks, rules_of_game, self._places, self._limits, phase, priority).run()
            status = 0
        except BaseException:
            # The edge of the process: what is in the journals is kept, the supervisor sees the lifelines end.
            log.exception("a room died; its episodes can be resumed from their journals")
        finally:
            logging.shutdown()
            os._exit(status)


def choose_phase(taken: list[float]) -> float:
    """A moment as far as can be from those when other rooms tick, so that they do not wait for one another.

    Args:
        taken: parts of a tick's time, 0 to 1.
    """
    if not taken:
        return os.getpid() * _GOLDEN_RATIO % 1  # nothing is known of the rooms of other templates
    around = sorted(taken)
    gap, begin = max((end - begin, begin) for begin, end in itertools.pairwise([*around, around[0] + 1]))
    return (begin + gap / 2) % 1


def run_template(requests: socket.socket, places: Places, limits: SessionLimits, max_stocks: int) -> None:
    """Be a template until the other side of `requests` closes; see `Template`."""
    gc.disable()
    # Rooms are reaped by the kernel; the supervisor learns of a death by the end of its lifelines.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    Template(requests, places, limits, max_stocks).run()
