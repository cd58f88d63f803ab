"""Whether the processors have room for one more player, by what was measured of them. Pure: it reads nothing itself.

What counts is not what is used now but what would be if everybody who has a seat played: a game that is paused, or
not begun yet, may go on at any moment and is never refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

SMOOTHED_OVER_S: Final = 3.0
"""Time constant of everything that is measured."""

USUAL_SEAT_CORES: Final = 0.04
"""What a player of an Atari game is taken to need until some have been measured: 33 ms a second, and a little more."""

USUAL_SEATS: Final = 2
"""How many measured seats that guess weighs as much as."""

SPARE_CORES: Final = 0.2
"""Of one core; it grows with the root of their number, as what comes together by chance does."""

LONGEST_WAIT_S: Final = 0.002
"""Sessions that wait longer than this for a processor, on average, when they are to run, have none to spare."""

_FEWEST_TURNS_HZ: Final = 30.0
"""With less than half a real-time game there is nothing to take an average of."""


@dataclass(frozen=True, slots=True)
class CpuUse:
    """Some processors: CPU seconds used so far, and how many there are in a second."""

    used_s: float
    n_cores: float


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """A process: CPU seconds it had so far, seconds it waited for them ready to run, and how often it ran."""

    cpu_s: float
    waited_s: float
    n_turns: int


@dataclass(frozen=True, slots=True)
class SeatUse:
    """One player's session: the process it runs in, alone or with others, and the steps it has made so far."""

    pid: int
    n_steps: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """Everything at one moment.

    Attributes:
        at_s: monotonic.
        cpus: by name; each of them must have room.
        processes: by their ids.
        seats: by episode.
    """

    at_s: float
    cpus: Mapping[str, CpuUse]
    processes: Mapping[int, ProcessUse]
    seats: Mapping[UUID, SeatUse]


@dataclass(slots=True)
class _Seat:
    """Cores that a seat uses now, and while it plays; the latter is None until it has played."""

    now: float = 0.0
    playing: float | None = None


class Headroom:
    """Follows measurements, a second or so apart.

    Args:
        limit: the share of the processors that may be used, 1 for no limit; None for what leaves games their ticks.
    """

    def __init__(self, limit: float | None = None) -> None:
        self._limit = limit
        self._before: Measurement | None = None
        self._used: dict[str, float] = {}
        self._seats: dict[UUID, _Seat] = {}
        self._waiting = 0.0
        self._turns_hz = 0.0

    def observe(self, now: Measurement) -> None:
        """Take a measurement."""
        before, self._before = self._before, now
        if before is None or now.at_s <= before.at_s:
            return
        passed_s = now.at_s - before.at_s
        share = 1 - math.exp(-passed_s / SMOOTHED_OVER_S)
        self._observe_cpus(before, now, passed_s, share)
        self._observe_waiting(before, now, passed_s, share)
        self._observe_seats(before, now, passed_s, share)

    def knows(self, episode_id: UUID) -> bool:
        """Whether this seat is among those measured."""
        return episode_id in self._seats

    def has_room(self, n_expected: int = 0) -> bool:
        """Whether one more player may come, besides those of the measured seats and `n_expected` others."""
        if self._before is None or self._limit == 1 or not (self._seats or n_expected):
            # The first one slows nobody down, whatever else this machine does.
            return True
        if self._turns_hz > _FEWEST_TURNS_HZ and self._waiting / self._turns_hz > LONGEST_WAIT_S:
            return False
        needed = self._compute_reserve() + (n_expected + 1) * self.seat_cores
        return all(
            self._used.get(name, 0.0) + needed <= self._limit_of(cpu.n_cores) for name, cpu in self._before.cpus.items()
        )

    @property
    def seat_cores(self) -> float:
        """What a player who is still to come will need.

        The mean over what is used, not over the seats: a game in turns, which needs next to nothing, hardly counts.
        """
        measured = [seat.playing for seat in self._seats.values() if seat.playing is not None]
        known = measured + [USUAL_SEAT_CORES] * USUAL_SEATS
        return sum(each * each for each in known) / sum(known)

    def _limit_of(self, n_cores: float) -> float:
        if self._limit is not None:
            return self._limit * n_cores
        return n_cores - SPARE_CORES * math.sqrt(n_cores)

    def _compute_reserve(self) -> float:
        """Cores that the seats would need besides what they use, if all of them played."""
        usual = self.seat_cores
        return sum(
            max(0.0, (usual if seat.playing is None else seat.playing) - seat.now) for seat in self._seats.values()
        )

    def _observe_cpus(self, before: Measurement, now: Measurement, passed_s: float, share: float) -> None:
        for name, cpu in now.cpus.items():
            if name in before.cpus:
                used = max(0.0, cpu.used_s - before.cpus[name].used_s) / passed_s
                self._used[name] = _smooth(self._used.get(name, used), used, share)

    def _observe_waiting(self, before: Measurement, now: Measurement, passed_s: float, share: float) -> None:
        both = now.processes.keys() & before.processes.keys()
        waited_s = sum(now.processes[pid].waited_s - before.processes[pid].waited_s for pid in both)
        n_turns = sum(now.processes[pid].n_turns - before.processes[pid].n_turns for pid in both)
        self._waiting = _smooth(self._waiting, waited_s / passed_s, share)
        self._turns_hz = _smooth(self._turns_hz, n_turns / passed_s, share)

    def _observe_seats(self, before: Measurement, now: Measurement, passed_s: float, share: float) -> None:
        self._seats = {episode_id: self._seats.get(episode_id, _Seat()) for episode_id in now.seats}
        n_seats: dict[int, int] = {}
        for use in now.seats.values():
            n_seats[use.pid] = n_seats.get(use.pid, 0) + 1
        for episode_id, use in now.seats.items():
            if use.pid not in now.processes or use.pid not in before.processes:
                continue
            cores = (now.processes[use.pid].cpu_s - before.processes[use.pid].cpu_s) / passed_s / n_seats[use.pid]
            seat, earlier = self._seats[episode_id], before.seats.get(episode_id)
            seat.now = _smooth(seat.now, cores, share)
            if earlier is not None and earlier.n_steps not in (0, use.n_steps):
                seat.playing = _smooth(cores if seat.playing is None else seat.playing, cores, share)


def _smooth(old: float, new: float, share: float) -> float:
    return old + (new - old) * share
