"""What a picture costs: the CPU of a span of time, shared by all the pictures that were made in it."""

from __future__ import annotations

import pytest
from tests.bench.made_up import make_episode, make_even

from skill_arcade.bench.cpu_times import CpuSpan
from skill_arcade.bench.crowd.crowd import CrowdReport
from skill_arcade.bench.playing import cpu_us_of_a_frame, rates_hz

MS_OF_A_ROLE = {"sessions": 30.0, "gateway": 1.5, "shipper": 3.0, "sealer": 150.0, "supervisor": 0.0}


def test_a_pictures_cost_is_that_of_its_time_shared_by_all_that_were_made_then() -> None:
    """Of every player's rate, since the span of CPU is another one than that of the crowd."""
    players = [
        [make_episode(make_even(121, tick_us=20_000))],
        [make_episode(make_even(61, tick_us=40_000))],
        [],  # whoever never played was made no pictures
    ]
    report = CrowdReport(players, refused=0, began_us=1_000_000, ended_us=5_000_000, cpu_s=0.045)
    assert rates_hz(report) == pytest.approx([50.0, 25.0, 0.0])
    span = CpuSpan(2_000_000_000, 4_000_000_000, {role: ms / 1000 for role, ms in MS_OF_A_ROLE.items()})
    # 150 pictures in the two seconds of the span, 300 in the four of the crowd.
    assert cpu_us_of_a_frame(report, span) == pytest.approx(
        {"sessions": 200.0, "gateway": 10.0, "shipper": 20.0, "sealer": 1000.0, "supervisor": 0.0, "crowd": 150.0}
    )
