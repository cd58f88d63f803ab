"""The lateness of recorded steps: which grid each is held against, and what a stall does to that (LIVE-25, REC-25)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from skill_arcade.bench.lateness import lateness_figures
from skill_arcade.bench.stretches import Running, measure_running

MS = 1_000_000
TICK_HZ = 100.0
"""A tick is due every 10 ms."""

NOTED_NS = 300_000
"""An event is noted a little after the time from which its ticks are counted."""


def make_origin(kind: str, step: int, t0_ms: int, **more: int) -> dict[str, Any]:
    """A row of table `events` that tells from where ticks are counted."""
    detail = json.dumps({"t0_ns": t0_ms * MS, **more})
    return {"kind": kind, "step": step, "t_received_ns": t0_ms * MS + NOTED_NS, "detail": detail}


def make_stall(step: int, t0_ms: int, skipped_ticks: int) -> dict[str, Any]:
    return make_origin("stall", step, t0_ms, late_ns=skipped_ticks * 10 * MS, skipped_ticks=skipped_ticks)


def make_other(kind: str, step: int | None, detail: str | None = None) -> dict[str, Any]:
    """A row that says nothing of when ticks are due."""
    return {"kind": kind, "step": step, "t_received_ns": 7, "detail": detail}


def make_running(made_ms: Sequence[int], late_ms: Sequence[int], *, n_stalls: int = 0) -> Running:
    t_tick_ns, lateness_ns = (tuple(ms * MS for ms in each) for each in (made_ms, late_ms))
    return Running(t_tick_ns, lateness_ns, n_stalls)


@pytest.mark.parametrize(
    ("events", "running"),
    [
        pytest.param(
            [make_origin("start", 0, 1000)],
            make_running([1012, 1021, 1035], [2, 1, 5]),
            id="from the start on",
        ),
        pytest.param(
            [
                make_origin("start", 0, 1000),
                make_other("down", None),
                make_other("sound", 1, '{"on":true}'),
                make_other("pause", 2, '{"reason":"player"}'),
                make_origin("resume", 2, 5000, countdown_ms=3000),
            ],
            make_running([1011, 1022, 5013, 5020, 5031], [1, 2, 3, 0, 1]),
            id="anew from where a game goes on",
        ),
        pytest.param(
            # Tick 2 was due at 1020 and began at 1055: the step that it made belongs to the old grid.
            [make_origin("start", 0, 1000), make_stall(1, 1055, 3)],
            make_running([1011, 1056, 1066, 1078], [1, 36, 1, 3], n_stalls=1),
            id="the stalled step by the old grid and those after it by the new one",
        ),
        pytest.param(
            [
                make_origin("start", 0, 1000),
                make_stall(0, 1040, 3),
                make_stall(1, 1075, 2),
                make_origin("resume", 3, 2000, countdown_ms=0),
            ],
            make_running([1041, 1076, 1085, 2010], [31, 26, 0, 0], n_stalls=2),
            id="stalls at the first tick and right after one another",
        ),
        pytest.param(
            [make_origin("start", 0, 1000), make_stall(1, 1055, 4)],
            make_running([1011], [1], n_stalls=1),
            id="a stall whose step was lost with the end of its journal",
        ),
        pytest.param(
            [make_origin("start", 0, 1000), make_origin("resume", 1, 2000), make_origin("resume", 1, 3000)],
            make_running([1011, 3012], [1, 2]),
            id="nothing between two resumes without a step",
        ),
        pytest.param(
            [
                {"kind": "start", "step": 0, "t_received_ns": 1000 * MS, "detail": None},
                {"kind": "resume", "step": 1, "t_received_ns": 4000 * MS, "detail": {"countdown_ms": 3000}},
            ],
            make_running([1012, 4013, 4024], [2, 3, 4]),
            id="a recording of an earlier version, which does not tell t0",
        ),
        pytest.param(
            [
                make_origin("start", 0, 1000),
                make_other("pause", 2, '{"reason":"rebuilt"}'),
                make_origin("resume", 4, 5000, countdown_ms=0),
            ],
            make_running([1011, 1022, 4990, 4995, 5013], [1, 2, 3]),
            id="not between a pause and its resume, where lost steps were made again",
        ),
        pytest.param([], make_running([], []), id="a game that never began"),
    ],
)
def test_a_step_is_as_late_as_the_grid_of_its_stretch_says(events: list[dict[str, Any]], running: Running) -> None:
    assert measure_running(list(running.t_tick_ns), events, TICK_HZ) == running


def test_ticks_are_counted_and_not_added_up() -> None:
    """LIVE-25: a sixtieth of a second is no whole number of nanoseconds, and after an hour no tick is late by that."""
    n_ticks = 60 * 3600
    t_tick_ns = [1000 * MS + round(tick * 1e9 / 60) for tick in range(1, n_ticks + 1)]
    running = measure_running(t_tick_ns, [make_origin("start", 0, 1000)], 60.0)
    assert set(running.lateness_ns) == {0}
    assert len(running.lateness_ns) == n_ticks


def test_the_lateness_table_is_of_all_steps_of_all_episodes() -> None:
    """Its bounds are those of docs/reference/bench.md."""
    episodes = [
        make_running([], [1] * 1960),
        make_running([], [4] * 39 + [70]),
    ]
    figures = lateness_figures("tick lateness", episodes)
    assert [(each.name, each.value, each.unit) for each in figures] == [
        ("tick lateness, p50", 1.0, "ms"),
        ("tick lateness, p99", 4.0, "ms"),
        ("tick lateness, p99.9", 4.0, "ms"),
        ("tick lateness, max", 70.0, "ms"),
    ]
    assert [(each.must, each.goal) for each in figures] == [(None, None), (3.0, 1.5), (12.0, 5.0), (60.0, 20.0)]
    assert [each.met for each in figures] == [None, "no", "goal", "no"]


def test_without_a_step_the_lateness_table_keeps_no_bound() -> None:
    assert [(each.value, each.met) for each in lateness_figures("none", [])] == [
        (None, None),
        (None, "no"),
        (None, "no"),
        (None, "no"),
    ]
