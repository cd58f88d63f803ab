"""A wall clock that is set while an episode is played: intervals stay as they are, and the record tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from tests.sessions.fakes import MS, TICK_NS, ManualClock, S, Table
from typing_extensions import override

from skill_arcade.recorder.records import RecordKind

DAY_NS = 86_400 * S


class HeldUp(ManualClock):
    """A second passes after every look."""

    @override
    def monotonic_ns(self) -> int:
        self.now_ns += S
        return self.now_ns - S

    @override
    def utc_ns(self) -> int:
        now_ns = super().utc_ns()
        self.now_ns += S
        return now_ns


def told(table: Table) -> list[Mapping[str, Any]]:
    """The events that tell of a wall clock."""
    return table.journal.events("clock")


def set_wall_clock(table: Table, ahead_ns: int) -> None:
    """Set it, and look at it as the process does."""
    table.clock.wall_shift_ns = ahead_ns
    table.play.look_at_wall_clock()


@pytest.mark.parametrize("jump_ns", [DAY_NS, -DAY_NS, 501 * MS, -501 * MS])
def test_a_jump_of_the_wall_clock_is_told_once_with_both_clocks(jump_ns: int) -> None:
    """REC-25."""
    table = Table()
    table.begin()
    table.ticks(3)
    for _ in range(3):
        set_wall_clock(table, jump_ns)
        table.ticks(1)
    (event,) = told(table)
    (segment,) = table.journal.of(RecordKind.SEGMENT)
    was_ahead_ns = segment["utc_ns"] - segment["monotonic_ns"]
    assert event["detail"]["utc_ns"] - event["t_received_ns"] == was_ahead_ns + jump_ns
    assert (event["step"], event["segment"]) == (3, segment["segment"])


def test_a_jump_is_told_when_it_is_undone_too() -> None:
    """REC-25."""
    table = Table()
    table.begin()
    for ahead_ns in (DAY_NS, 0):
        set_wall_clock(table, ahead_ns)
    first, second = told(table)
    assert first["detail"]["utc_ns"] - second["detail"]["utc_ns"] == DAY_NS


def test_a_wall_clock_that_is_made_to_go_faster_is_told_each_time_it_has_come_half_a_second_away() -> None:
    """REC-25: as time servers do it."""
    table = Table()
    table.begin()
    for n in range(1, 121):
        set_wall_clock(table, n * 10 * MS)
    assert len(told(table)) == 2


def test_steps_keep_their_times_when_the_wall_clock_jumps() -> None:
    """REC-20, LIVE-4."""
    table = Table()
    table.begin()
    for ahead_ns in (DAY_NS, 0, -DAY_NS):
        set_wall_clock(table, ahead_ns)
        table.ticks(2)
    times_ns = [step.t_tick_ns for step in table.journal.steps]
    assert [after - before for before, after in pairwise(times_ns)] == [TICK_NS] * 5


def test_who_comes_after_a_jump_gets_a_segment_that_has_it_already() -> None:
    """REC-18."""
    table = Table()
    table.begin()
    table.clock.wall_shift_ns = DAY_NS
    table.connect()
    table.play.look_at_wall_clock()
    before, after = table.journal.of(RecordKind.SEGMENT)
    assert after["utc_ns"] - before["utc_ns"] >= DAY_NS
    assert told(table) == []


def test_a_process_that_was_held_up_while_it_looked_tells_of_no_jump() -> None:
    """REC-25."""
    table = Table(clock=HeldUp())
    table.begin()
    table.play.look_at_wall_clock()
    assert told(table) == []


def test_what_has_ended_is_told_nothing_more() -> None:
    """REC-40: END is the last."""
    table = Table()
    table.begin()
    table.say(type="quit")
    set_wall_clock(table, DAY_NS)
    assert told(table) == []
