from __future__ import annotations

import pytest

from skill_arcade.server.pipeline_workers import count_pipeline_workers


@pytest.mark.parametrize(("n_cores", "n_workers"), [(1, 1), (2, 1), (7, 1), (8, 2), (16, 4), (64, 16)])
def test_one_process_seals_and_one_for_each_four_processors_from_eight_on(n_cores: int, n_workers: int) -> None:
    assert count_pipeline_workers(None, n_cores) == n_workers


def test_the_setting_comes_first() -> None:
    assert count_pipeline_workers(3, 64) == 3


def test_this_machine_has_one_at_least() -> None:
    assert count_pipeline_workers(None) >= 1
