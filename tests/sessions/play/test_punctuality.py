"""LIVE-25: how late ticks were is counted as they come."""

from __future__ import annotations

import pytest

from skill_arcade.sessions.play.pacing import NS_PER_S, Pacer
from skill_arcade.sessions.play.punctuality import BOUNDS_MS, Punctuality

MS = 1_000_000


def ticked(*late_ms: float) -> Punctuality:
    """The count of a pacer at 60 Hz whose ticks were so late."""
    pacer = Pacer(60.0)
    pacer.start(NS_PER_S)
    for each_ms in late_ms:
        pacer.ticked(pacer.due_ns + round(each_ms * MS))
    return pacer.punctuality


@pytest.mark.parametrize(
    ("late_ms", "bucket"), [(0, 0), (1, 0), (1.000001, 1), (16, 4), (33, 5), (33.3, 6), (133, 7), (134, 8), (9000, 8)]
)
def test_a_tick_counts_under_the_first_bound_that_it_does_not_exceed(late_ms: float, bucket: int) -> None:
    counted = ticked(late_ms)
    assert counted.n_ticks == tuple(int(i == bucket) for i in range(len(BOUNDS_MS) + 1))
    assert counted.late_ns == round(late_ms * MS)


def test_ticks_add_up_and_those_too_late_to_be_caught_up_are_stalls() -> None:
    counted = ticked(0, 0.5, 3, 33, 34, 500)
    assert counted == Punctuality((2, 0, 1, 0, 0, 1, 1, 0, 1), round(570.5 * MS), 2)


def test_two_counts_together_are_the_count_of_both() -> None:
    assert ticked(1, 40) + ticked(3, 500) == ticked(1, 40, 3, 500)
    assert ticked(7) + Punctuality() == ticked(7)


def test_what_is_told_on_the_lifeline_is_read_as_it_was() -> None:
    assert Punctuality.from_json(ticked(1, 40).to_json()) == ticked(1, 40)
