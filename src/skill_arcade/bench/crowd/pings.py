"""When to ask for the server's time, and which answers to tell (LIVE-50). Pure."""

from __future__ import annotations

from skill_arcade.bench.crowd.hands import FRAME_S
from skill_arcade.wire.from_client import ClockSample, Ping
from skill_arcade.wire.from_server import Pong

N_BURST = 20
INTERVAL_S = 2.0
CLOCK_EVERY = 10
"""Pings of the first moments, seconds between two afterwards, and one in how many of these is answered with `clock`."""


class Pings:
    """Those of one episode: a burst at its beginning, then a steady few."""

    def __init__(self) -> None:
        self._n_sent = 0
        self._best: tuple[int, ClockSample] | None = None

    @property
    def wait_s(self) -> float:
        """Until the next one."""
        return FRAME_S if self._n_sent < N_BURST else INTERVAL_S

    def ask(self, now_us: int) -> Ping:
        """The next one."""
        self._n_sent += 1
        return Ping(id=self._n_sent, client_us=now_us)

    def take(self, pong: Pong, now_us: int) -> ClockSample | None:
        """What is to be said of an answer: the best of the burst when it is over, afterwards one in ten."""
        sample = ClockSample(
            t0_client_us=pong.client_us,
            t1_server_us=pong.t1_server_us,
            t2_server_us=pong.t2_server_us,
            t3_client_us=now_us,
        )
        if pong.id > N_BURST:
            return sample if pong.id % CLOCK_EVERY == 0 else None
        trip_us = now_us - pong.client_us
        if self._best is None or trip_us < self._best[0]:
            self._best = trip_us, sample
        return self._best[1] if pong.id == N_BURST else None
