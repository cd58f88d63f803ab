"""LIVE-25: when ticks are due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.sessions.play.pacing import NS_PER_S, Pacer

TICK_HZ = 60.0
INTERVAL_NS = round(NS_PER_S / TICK_HZ)
GRID_NS = 1_234_567
DAY_NS = 86_400 * NS_PER_S


@given(st.integers(min_value=GRID_NS, max_value=DAY_NS), st.integers(min_value=0, max_value=1000))
def test_on_a_grid_the_first_tick_is_due_within_one_interval_and_all_are_on_it(now_ns: int, n_ticks: int) -> None:
    pacer = Pacer(TICK_HZ, GRID_NS)
    pacer.start(now_ns)
    assert now_ns - INTERVAL_NS <= pacer.t0_ns <= now_ns
    for _ in range(n_ticks % 7):
        assert pacer.ticked(pacer.due_ns) is None
    off_grid_ticks = (pacer.due_ns - GRID_NS) * TICK_HZ / NS_PER_S
    assert abs(off_grid_ticks - round(off_grid_ticks)) * INTERVAL_NS < 100  # rounding, and a float's 53 bits


def test_without_a_grid_the_first_tick_is_due_one_interval_from_now() -> None:
    pacer = Pacer(TICK_HZ)
    pacer.start(1000)
    assert (pacer.t0_ns, pacer.due_ns) == (1000, 1000 + INTERVAL_NS)


def test_two_seats_of_a_room_keep_their_distance_whenever_they_begin() -> None:
    first, second = Pacer(TICK_HZ, 0), Pacer(TICK_HZ, 200_000)
    first.start(5 * NS_PER_S + 1)
    second.start(7 * NS_PER_S + 11_111_111)
    while first.due_ns < second.due_ns - INTERVAL_NS // 2:
        first.ticked(first.due_ns)
    assert abs(second.due_ns - first.due_ns - 200_000) <= 2


def test_after_a_stall_ticks_are_on_the_grid_again() -> None:
    pacer = Pacer(TICK_HZ, 0)
    pacer.start(NS_PER_S)
    late_ns = pacer.due_ns + 5 * INTERVAL_NS + 1_000_000
    stall = pacer.ticked(late_ns)
    assert stall is not None
    assert late_ns < pacer.due_ns <= late_ns + INTERVAL_NS
    assert abs(pacer.due_ns - round(pacer.due_ns * TICK_HZ / NS_PER_S) * NS_PER_S / TICK_HZ) <= 2
