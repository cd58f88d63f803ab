from __future__ import annotations

import pytest

from skill_arcade.sessions.supervision.cpu_share import compute_cpu_share
from skill_arcade.sessions.supervision.headroom import CpuUse, Measurement


def measured(at_s: float, **used_s: float) -> Measurement:
    """CPU seconds used by then, of two processors each."""
    return Measurement(at_s, {name: CpuUse(each_s, 2) for name, each_s in used_s.items()}, {}, {})


def test_half_of_two_processors_in_use_for_two_seconds_is_two_seconds_of_four() -> None:
    share = compute_cpu_share(measured(10, processors=100), measured(12, processors=102))
    assert share == pytest.approx(0.5)


def test_what_is_scarcest_counts() -> None:
    share = compute_cpu_share(measured(0, processors=0, quota=0), measured(1, processors=0.2, quota=1.8))
    assert share == pytest.approx(0.9)


def test_of_what_cannot_be_compared_nothing_is_told() -> None:
    assert compute_cpu_share(measured(1), measured(2)) is None
    assert compute_cpu_share(measured(1, processors=1), measured(2, quota=1)) is None
    assert compute_cpu_share(measured(2, processors=1), measured(2, processors=1)) is None
