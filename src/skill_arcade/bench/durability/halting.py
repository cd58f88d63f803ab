"""The pipeline of a running server, stopped for a while: sessions write their journals, and nobody does anything more.

What is stopped is the shipper (which syncs, ships and writes rows) and whoever seals and verifies.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from skill_arcade.bench.cpu_times import read_stat
from skill_arcade.bench.crowd.event_loop import read_us
from skill_arcade.bench.served import DidNotHappen, Server

_NEEDED = (" shipper ", " sealer ")
_PARTS = (*_NEEDED, "skill_arcade.dataset.verify_child")
"""Of command lines."""

_PATIENCE_S = 5.0
_LOOK_INTERVAL_S = 0.02
_STOPPED = "T"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of server time in which the pipeline ran all the time, or never did."""

    is_on: bool
    begin_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Alternation:
    """How the pipeline is stopped and started again.

    Attributes:
        n_pairs: how often.
        off_s: counted of a stretch in which it is stopped.
        on_s: counted of a stretch in which it runs.
        settle_off_s: that are not counted before: what was asked of the database and the store is done by then.
        settle_on_s: that are not counted before: it catches up with what it has missed.
    """

    n_pairs: int
    off_s: float
    on_s: float
    settle_off_s: float
    settle_on_s: float

    @property
    def all_s(self) -> float:
        """How long that takes."""
        return self.n_pairs * (self.off_s + self.on_s + self.settle_off_s + self.settle_on_s)


def alternate(server: Server, plan: Alternation) -> list[Stretch]:
    """Stop the pipeline and let it run, in turns; which stretches are to be compared."""
    stretches = []
    for _ in range(plan.n_pairs):
        with halted(server):
            stretches.append(_count(plan.settle_off_s, plan.off_s, is_on=False))
        stretches.append(_count(plan.settle_on_s, plan.on_s, is_on=True))
    return stretches


@contextmanager
def halted(server: Server) -> Iterator[None]:
    """Nothing of the pipeline runs until the end of the context.

    Raises:
        DidNotHappen: it cannot be stopped, or is not there.
    """
    if missing := [part for part in _NEEDED if not server.pids(part)]:
        raise DidNotHappen(f"the server has no{' and no'.join(missing)}to be stopped")
    stopped: set[int] = set()
    deadline_s = time.monotonic() + _PATIENCE_S
    try:
        # One of those who verify may have started another meanwhile.
        while running := [pid for pid in _find(server) if _is_running(pid)]:
            if time.monotonic() > deadline_s:
                raise DidNotHappen(f"processes {running} of the pipeline do not stop")
            stopped.update(running)
            _signal(running, signal.SIGSTOP)
            time.sleep(_LOOK_INTERVAL_S)
        yield
    finally:
        _signal(sorted(stopped), signal.SIGCONT)


def _count(settle_s: float, counted_s: float, *, is_on: bool) -> Stretch:
    time.sleep(settle_s)
    begin_us = read_us()
    time.sleep(counted_s)
    return Stretch(is_on, begin_us, read_us())


def _find(server: Server) -> list[int]:
    return [pid for part in _PARTS for pid in server.pids(part)]


def _is_running(pid: int) -> bool:
    try:
        return read_stat(pid)[0] not in {_STOPPED, "Z", "X"}
    except OSError:
        return False  # it ended this moment


def _signal(pids: list[int], which: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, which)
        except ProcessLookupError:
            continue
