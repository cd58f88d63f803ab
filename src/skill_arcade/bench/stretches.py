"""How evenly a recorded episode ran: its rate, its lateness and its stalls, from the record alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from skill_arcade.dataset import Episode

NS_PER_S = 1_000_000_000
_BOUNDS = frozenset({"start", "resume", "stall", "pause"})


@dataclass(frozen=True, slots=True)
class Running:
    """What the record of one episode says of its time.

    Attributes:
        t_tick_ns: server time of each step, in order.
        lateness_ns: of each step that had a tick, in order; see `measure_running`.
        n_stalls: how often the deadlines were set anew.
    """

    t_tick_ns: tuple[int, ...]
    lateness_ns: tuple[int, ...]
    n_stalls: int


def read_running(episode: Episode) -> Running:
    """Measure one episode of a game in real time, sealed or not."""
    tick_hz = float(episode.info.row["tick_hz"])
    t_tick_ns = [int(t) for t in episode.steps().column("t_tick_ns").to_pylist()]
    return measure_running(t_tick_ns, episode.events().to_pylist(), tick_hz)


def measure_running(t_tick_ns: list[int], events: Iterable[Mapping[str, Any]], tick_hz: float) -> Running:
    """Compare every step's time with the ideal grid.

    A *running stretch* goes from a `start` or `resume` to the next of them or to a `pause`, or to the end. Its ideal
    grid is t0 + k / tick_hz, where t0 is told by that event (`t0_ns`, REC-25) and k = 1, 2, 3, … numbers its steps.
    The *lateness* of a step is `t_tick_ns` - (t0 + k / tick_hz). `t_tick_ns` is taken right **after** the
    environment's step: so the lateness holds, besides how late the session woke up, the whole cost of the
    environment's step. Nothing is subtracted, and no grid is fitted to the steps: a fit would hide a constant delay.
    How much of it is not waking up can be seen from the smallest value.

    A `stall` (LIVE-25) begins a new grid. The step that stalled is measured against the one before, on which it was
    late; those after it against the new one. So a stall shows as one late step, and in `n_stalls`.

    Args:
        t_tick_ns: of every step, by number.
        events: table `events`.
        tick_hz: of the game.
    """
    bounds = [event for event in events if event["kind"] in _BOUNDS]
    lateness_ns: list[int] = []
    origin_ns, first = 0, 0
    for event, after in zip_longest(bounds, bounds[1:]):
        if event["kind"] == "pause":
            continue  # steps between a pause and its resume were lost and made again, without ticks (LIVE-36)
        begin, end = event["step"], after["step"] if after is not None else len(t_tick_ns)
        if event["kind"] == "stall":
            # The stalled step itself still belongs to the old grid; on the new one it is number 0.
            lateness_ns += _lateness(t_tick_ns, begin, begin + 1, origin_ns, first, tick_hz)
            origin_ns, first = _origin_ns(event), begin + 1
        else:
            origin_ns, first = _origin_ns(event), begin
        lateness_ns += _lateness(t_tick_ns, first, end, origin_ns, first, tick_hz)
    n_stalls = sum(event["kind"] == "stall" for event in bounds)
    return Running(tuple(t_tick_ns), tuple(lateness_ns), n_stalls)


def _lateness(t_tick_ns: list[int], begin: int, end: int, origin_ns: int, first: int, tick_hz: float) -> list[int]:
    """Of the steps `begin` … `end` - 1 on the grid whose tick 1 makes step `first`."""
    return [
        t_tick_ns[step] - origin_ns - round((step - first + 1) * NS_PER_S / tick_hz)
        for step in range(begin, min(end, len(t_tick_ns)))
    ]


def _origin_ns(event: Mapping[str, Any]) -> int:
    """From where the ticks after this event are counted; recordings of earlier versions do not tell it."""
    return int(_detail(event).get("t0_ns", event["t_received_ns"]))


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    detail = event["detail"]
    members: Mapping[str, Any] = json.loads(detail) if isinstance(detail, str) else detail or {}
    return members
