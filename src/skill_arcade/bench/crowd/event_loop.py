"""One loop for all players of a crowd, that costs little: it wakes for many messages at once. Linux only.

A process that wakes up finds cold caches: that costs more than all it does then, and 50 players are sent 3,000 pictures
a second. So sockets on which a game runs are only looked at every few milliseconds. Nothing is late by that: when a
message came is told by the kernel (see `connection`).
"""

from __future__ import annotations

import heapq
import itertools
import select
import time
from collections.abc import Callable
from dataclasses import dataclass

READ, WRITE = select.EPOLLIN, select.EPOLLOUT

LOOK_INTERVAL_S = 0.004
"""Between two looks at timers, and at the sockets that can wait."""

OnReady = Callable[[], None]
"""Told that a descriptor can be read or written, or that its other end is gone."""


def read_us() -> int:
    """Server time and client time, in microseconds: one machine has one clock."""
    return time.monotonic_ns() // 1000


@dataclass(slots=True, eq=False)
class Timer:
    """Something to be done later, unless it is cancelled."""

    act: Callable[[], None] | None

    def cancel(self) -> None:
        """Do not do it."""
        self.act = None


class EventLoop:
    """Calls whoever waits for a descriptor or a time. What a callback raises ends `run`."""

    def __init__(self) -> None:
        self._at_once, self._at_looks = select.epoll(), select.epoll()
        self._on_ready: dict[int, OnReady] = {}
        self._timers: list[tuple[int, int, Timer]] = []
        # Of two timers with one time the first made is the first called.
        self._numbers = itertools.count()

    def close(self) -> None:
        """Give the kernel back what is its."""
        self._at_once.close()
        self._at_looks.close()

    def call_at(self, due_us: int, act: Callable[[], None]) -> Timer:
        """Call `act` at the first look after a time of `read_us`."""
        timer = Timer(act)
        heapq.heappush(self._timers, (due_us, next(self._numbers), timer))
        return timer

    def call_in(self, wait_s: float, act: Callable[[], None]) -> Timer:
        """Call `act` after so many seconds, likewise."""
        return self.call_at(read_us() + round(wait_s * 1e6), act)

    def watch(self, descriptor: int, events: int, on_ready: OnReady) -> None:
        """Call `on_ready` at once when the descriptor is ready for `READ` or `WRITE`."""
        self._at_once.register(descriptor, events)
        self._on_ready[descriptor] = on_ready

    def watch_at_looks(self, descriptor: int, on_ready: OnReady) -> None:
        """Call `on_ready` at looks at which the descriptor can be read."""
        self._at_looks.register(descriptor, READ)
        self._on_ready[descriptor] = on_ready

    def forget(self, descriptor: int) -> None:
        """Watch it no longer; before it is closed, or watched for something else."""
        del self._on_ready[descriptor]
        for epoll in (self._at_once, self._at_looks):
            try:
                epoll.unregister(descriptor)
            except FileNotFoundError:
                continue  # it is in the other one

    def run(self, is_done: Callable[[], bool]) -> None:
        """Run until `is_done`, which is asked at every look and whenever something came."""
        interval_us = round(LOOK_INTERVAL_S * 1e6)
        look_us = read_us()
        while not is_done():
            wait_us = max(0, look_us - read_us())
            self._call(self._at_once.poll(wait_us / 1e6))
            if (now_us := read_us()) >= look_us:
                self._call(self._at_looks.poll(0))
                self._call_timers(now_us)
                look_us = now_us + interval_us

    def _call(self, ready: list[tuple[int, int]]) -> None:
        for descriptor, _ in ready:
            # One that was forgotten by an earlier one of these is not called any more.
            if (on_ready := self._on_ready.get(descriptor)) is not None:
                on_ready()

    def _call_timers(self, now_us: int) -> None:
        timers = self._timers
        while timers and timers[0][0] <= now_us:
            act = heapq.heappop(timers)[2].act
            if act is not None:
                act()
