from __future__ import annotations

from tests.recorder.recordings import segment_of

from skill_arcade.recorder.gap import compute_gap_ns

SEGMENT = segment_of(0, 1, 0, server_boot="boot-1", utc_ns=10_000, monotonic_ns=500)


def test_on_the_same_boot_the_monotonic_clock_counts() -> None:
    """REC-18: a wall clock that jumped changes nothing."""
    assert compute_gap_ns(SEGMENT, 700, "boot-1", utc_ns=1, monotonic_ns=950) == 250


def test_on_another_boot_utc_counts() -> None:
    """REC-18: the last step was made at 10,200 by UTC."""
    assert compute_gap_ns(SEGMENT, 700, "boot-2", utc_ns=10_900, monotonic_ns=3) == 700
    assert compute_gap_ns(SEGMENT, 700, None, utc_ns=10_900, monotonic_ns=3) == 700


def test_before_the_first_step_there_is_no_gap() -> None:
    """REC-18, REC-3."""
    assert compute_gap_ns(None, None, "boot-1", utc_ns=1, monotonic_ns=1) is None
    assert compute_gap_ns(SEGMENT, None, "boot-1", utc_ns=1, monotonic_ns=1) is None
