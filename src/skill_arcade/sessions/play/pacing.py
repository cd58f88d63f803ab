"""When the ticks of a real-time game are due: absolute deadlines, at most one tick caught up (LIVE-25)."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from skill_arcade.sessions.play.punctuality import BOUNDS_NS, Punctuality

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Stall:
    """A lateness too large to be made up for.

    Attributes:
        late_ns: how late the tick was.
        skipped_ticks: whole ticks that will never be made up for.
    """

    late_ns: int
    skipped_ticks: int


class Pacer:
    """Deadlines at `t0 + k / tick_hz` on the monotonic clock.

    Deadlines are computed from the number of the tick, never added up, so that they do not drift. Where several games
    are played in one process, each has a *grid* of its own from which t0 is taken, so that their ticks follow one
    another and one awakening is enough for all.

    Attributes:
        t0_ns: from where ticks are counted now.
        due_ns: when the next tick is due.
    """

    def __init__(self, tick_hz: float, grid_ns: int | None = None) -> None:
        """Wait for the start.

        Args:
            tick_hz: ticks a second.
            grid_ns: any one time at which a tick is to be due; None if any time is as good as any other.
        """
        self._tick_hz = tick_hz
        self._interval_ns = round(NS_PER_S / tick_hz)
        self._grid_ns = grid_ns
        self._tick = 0
        self.t0_ns = 0
        self.due_ns = 0
        self._n_punctual = 0
        self._n_late = [0] * (len(BOUNDS_NS) + 1)
        self._late_ns = 0
        self._n_stalls = 0

    def start(self, now_ns: int) -> None:
        """Begin anew: the first tick is due one interval from now, or at the next time of the grid."""
        if self._grid_ns is None:
            self.t0_ns = now_ns
        else:
            n_intervals = int((now_ns - self._grid_ns) * self._tick_hz // NS_PER_S)
            self.t0_ns = self._grid_ns + round(n_intervals * NS_PER_S / self._tick_hz)
        self._set_tick(1)

    @property
    def interval_ns(self) -> int:
        """From one tick to the next."""
        return self._interval_ns

    @property
    def punctuality(self) -> Punctuality:
        """Of all ticks so far."""
        return Punctuality((self._n_punctual, *self._n_late[1:]), self._late_ns, self._n_stalls)

    def ticked(self, now_ns: int) -> Stall | None:
        """Note that the tick that was due began at `now_ns`; the stall, if it was too late to catch up.

        A tick that is late by less than two intervals leaves the next deadline where it was, so the next tick follows
        in a hurry. One that is later begins a new row of deadlines.
        """
        late_ns = now_ns - self.due_ns
        self._late_ns += late_ns
        if late_ns <= BOUNDS_NS[0]:
            self._n_punctual += 1  # nearly always
        else:
            self._n_late[bisect_left(BOUNDS_NS, late_ns)] += 1
        if late_ns < 2 * self._interval_ns:
            self._set_tick(self._tick + 1)
            return None
        self._n_stalls += 1
        self.start(now_ns)
        return Stall(late_ns, late_ns // self._interval_ns)

    def _set_tick(self, tick: int) -> None:
        self._tick = tick
        self.due_ns = self.t0_ns + round(tick * NS_PER_S / self._tick_hz)
