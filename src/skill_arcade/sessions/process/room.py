"""A process in which sessions run: a few seats, and a plain blocking loop around them.

A room is forked of a template with environments that are opened and were never stepped, one for each episode that it
will ever have (`template`). One process for several seats saves most of what a process for each costs: one
awakening serves all, and the code that makes a step is still in the caches when the next seat makes its own (decision
0012). Only environments that are known to step quickly share a room; everything else has a room of one seat.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from uuid import UUID

from skill_arcade.domain.errors import NotReproducible, SkillArcadeError
from skill_arcade.domain.log_line import about
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.sessions.fd_passing import receive_with_descriptors
from skill_arcade.sessions.play.clocks import SystemClock
from skill_arcade.sessions.process.doorstep import Doorstep
from skill_arcade.sessions.process.lifeline import NS_PER_S, Lifeline
from skill_arcade.sessions.process.listeners import Listeners
from skill_arcade.sessions.process.opening import AlreadyEnded, RulesOf, open_play
from skill_arcade.sessions.process.priority import Priority
from skill_arcade.sessions.process.seat import Seat
from skill_arcade.sessions.process.stand_by import StandBys, can_fork
from skill_arcade.sessions.process.stock import Stock, key_of
from skill_arcade.sessions.process.words import NO_MORE, NOBODY_RETURNS, seat_is_free
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec

SEAT_SHIFT_NS = 250_000
"""From the tick of one seat to that of the next: about what a step takes, so that nobody waits or sleeps for long."""

OPENING_NS = 7_000_000
"""What the opening of an episode may take: it is put off until there is so much time before the next tick."""

OPENING_PATIENCE_NS = 100_000_000
"""For how long it is put off at most."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """Somebody who came by the door and has no seat yet.

    Attributes:
        since_ns: since when; monotonic.
        key: of the environment to be played, see `key_of`.
        spec: which episode.
        lifeline: of the session.
    """

    since_ns: int
    key: str
    spec: SessionSpec
    lifeline: Lifeline


class Room:
    """Seats, and the door through which newcomers are sent.

    By the door a template sends requests, each with the descriptor of its lifeline. The room answers with a word for
    every seat that has been left, and with `NO_MORE` when it wants to end; then the template closes the door, and the
    room ends when it has seen that.
    """

    def __init__(
        self,
        door: socket.socket,
        stocks: Mapping[str, Stock],
        rules_of: RulesOf,
        places: Places,
        limits: SessionLimits,
        phase: float,
        priority: Priority,
    ) -> None:
        """Wait for newcomers.

        Args:
            door: from the template.
            stocks: environments for its episodes, by `key_of`; it takes them out.
            rules_of: (game definition, simulation) to the session's rules.
            places: where journals and sockets are.
            limits: how long a session may be unattended.
            phase: when it ticks, as a part of a sixtieth of a second: rooms tick at different times, too.
            priority: of this process.
        """
        self._door = door
        self._is_door_open = True
        self._stocks = stocks
        self._rules_of = rules_of
        self._places = places
        self._limits = limits
        self._priority = priority
        self._seats: dict[int, Seat] = {}  # by their numbers, of which each ticks at a time of its own
        self._listeners = Listeners[Seat | None]()  # None for the door
        self._listeners.add(door.fileno(), None)
        self._waiting: list[_Newcomer] = []
        self._grid_ns = round(phase * NS_PER_S / 60)
        # What a stand-by has that was forked while others played: environments that have made some steps already.
        self._started: dict[UUID, tuple[int, Simulation]] = {}
        self._stand_by_ns = round(limits.stand_by_s * NS_PER_S)
        self._stand_by_due_ns = time.monotonic_ns() + self._stand_by_ns
        self._stand_bys = StandBys()
        self._stand_by_has: dict[UUID, int | None] = {}  # steps of each episode

    def run(self) -> None:
        """Until everybody has left and nobody can come any more."""
        while self._is_door_open or self._seats or self._waiting:
            self._wait()
            for seat in self._seats.values():
                now_ns = time.monotonic_ns()
                if now_ns >= seat.due_ns:
                    _at_edge(seat, seat.wake, now_ns)
            if self._waiting and self._is_quiet():
                self._open_next()
            self._clear_left()
            if self._seats and time.monotonic_ns() >= self._stand_by_due_ns and self._is_quiet():
                self._make_stand_by()

    def _wait(self) -> None:
        """Wait for what comes first: a client's bytes, a new client, a newcomer, the next deadline."""
        heard, writable = self._listeners.wait(self._timeout_s())
        for number, seat in writable:
            assert seat is not None, "to the door nothing waits to be written"
            _at_edge(seat, seat.flush, number)
        for number, seat in heard:
            if seat is None:
                self._hear_door()
            else:
                _at_edge(seat, seat.hear, number)

    def _timeout_s(self) -> float | None:
        if not self._seats:
            return 0.0 if self._waiting else None
        return max(0, min(seat.due_ns for seat in self._seats.values()) - time.monotonic_ns()) / NS_PER_S

    def _is_quiet(self) -> bool:
        """Whether there is time to open an episode without keeping anybody waiting; or somebody has waited too long."""
        now_ns = time.monotonic_ns()
        next_ns = min((seat.due_ns for seat in self._seats.values()), default=now_ns + OPENING_NS)
        if next_ns >= now_ns + OPENING_NS:
            return True
        return bool(self._waiting) and now_ns - self._waiting[0].since_ns > OPENING_PATIENCE_NS

    # --- who comes and goes ---

    def _hear_door(self) -> None:
        request = receive_with_descriptors(self._door)
        if request is None:
            self._is_door_open = False
            self._listeners.remove(self._door.fileno())
            self._door.close()
            return
        message, descriptors = request
        if NOBODY_RETURNS in message:
            self._started.clear()
            return
        spec = SessionSpec.from_json(message["spec"])
        if not descriptors:
            # The supervisor sees it end, and asks again.
            log.warning(
                "the lifeline of %s did not arrive: this process has too many files open",
                spec.episode_id,
                extra=about(spec.episode_id),
            )
            self._free_seat(spec.episode_id)
            return
        lifeline = Lifeline(socket.socket(fileno=descriptors[0]))
        lifeline.tell(pid=os.getpid())
        self._waiting.append(_Newcomer(time.monotonic_ns(), key_of(message["environment"]), spec, lifeline))

    def _open_next(self) -> None:
        newcomer = self._waiting.pop(0)
        if newcomer.spec.provenance is None:
            self._priority.be_as_others()  # steps are made again, for a second or more
        self._let_sit_down(newcomer)
        if not self._waiting:
            self._priority.come_first()

    def _let_sit_down(self, newcomer: _Newcomer) -> None:
        spec, lifeline = newcomer.spec, newcomer.lifeline
        number = next(number for number in itertools.count() if number not in self._seats)
        stock = self._stocks.get(newcomer.key)
        started = self._started.pop(spec.episode_id, None)
        fresh = stock.take() if stock is not None and started is None else None
        n_made, simulation = started or (None, fresh)
        if stock is None or simulation is None:
            self._refuse(newcomer)
            return
        try:
            play, writer = open_play(
                spec,
                simulation,
                self._rules_of,
                stock.facts,
                self._places,
                self._limits,
                SystemClock(),
                self._grid_ns + number * SEAT_SHIFT_NS,
                n_made,
            )
            with ExitStack() as undo:
                undo.callback(writer.close)  # its lock would be kept for as long as others play here
                doorstep = Doorstep(self._places.session_socket(spec.episode_id))
                undo.pop_all()
        except SkillArcadeError as error:
            # Nothing is said where it is worth to ask again: with the steps all made anew, or with a look at the end.
            if n_made is None and not isinstance(error, AlreadyEnded):
                code = "not_resumable" if isinstance(error, NotReproducible) else "failed"
                lifeline.tell(failed=str(error), code=code)
            self._refuse(newcomer)
        except Exception:
            log.exception("the episode %s could not be opened", spec.episode_id, extra=about(spec.episode_id))
            self._refuse(newcomer)
        else:
            self._seats[number] = Seat(
                spec.episode_id, play, writer, simulation, doorstep, lifeline, self._limits, self._listeners
            )
            # In the order of their ticks, so that one round serves all.
            self._seats = dict(sorted(self._seats.items()))
            lifeline.tell(ready=True)

    def _refuse(self, newcomer: _Newcomer) -> None:
        newcomer.lifeline.close()
        self._free_seat(newcomer.spec.episode_id)

    def _make_stand_by(self) -> None:
        """Fork one; where this is it, wait at its own door."""
        self._stand_by_due_ns = time.monotonic_ns() + self._stand_by_ns
        self._stand_bys.reap()
        n_made = {seat.episode_id: seat.n_made for seat in self._seats.values()}
        if self._waiting or not self._is_door_open or n_made == self._stand_by_has:
            return
        try:
            if not can_fork():
                return
            door = self._stand_bys.fork(self._door)
        except OSError as error:
            log.warning("no stand-by, the next one is tried in %.0f s: %s", self._limits.stand_by_s, error)
            return
        if door is None:
            self._stand_by_has = n_made
            return
        self._stand_by_has = {}  # of its own
        self._door.close()
        self._listeners.close()
        for seat in self._seats.values():
            if seat.n_made is not None:
                self._started[seat.episode_id] = seat.n_made, seat.simulation
            seat.forget()
        self._seats.clear()
        self._priority.forget()
        self._door = door
        self._listeners = Listeners()
        self._listeners.add(door.fileno(), None)

    def _clear_left(self) -> None:
        for number, seat in list(self._seats.items()):
            if seat.is_left:
                del self._seats[number]
                self._free_seat(seat.episode_id)

    def _free_seat(self, episode_id: UUID) -> None:
        self._tell_door(seat_is_free(episode_id))
        if not self._seats and not self._waiting:
            self._tell_door(NO_MORE)

    def _tell_door(self, word: bytes) -> None:
        if self._is_door_open:
            # The template may have gone just now; that is seen when the door is heard next.
            with suppress(OSError):
                self._door.send(word)


def _at_edge(seat: Seat, do: Callable[[int], None], number: int) -> None:
    """Let a seat do something. If that fails the others play on, and its episode is resumed elsewhere."""
    try:
        do(number)
    except Exception:
        log.exception("a session died; its episode can be resumed from its journal", extra=about(seat.episode_id))
        seat.break_off()
