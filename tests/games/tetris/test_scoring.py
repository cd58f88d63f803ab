from __future__ import annotations

import pytest

from skill_arcade.games.tetris.scoring import Scoring


def points(*cleared: int, level: int = 1) -> list[int]:
    scoring = Scoring()
    return [scoring.lock(n_rows, level) for n_rows in cleared]


@pytest.mark.parametrize("level", [1, 7])
@pytest.mark.parametrize(("n_rows", "expected"), [(0, 0), (1, 100), (2, 300), (3, 500), (4, 800)])
def test_rows_are_worth_the_guidelines_points_times_the_level(n_rows: int, expected: int, level: int) -> None:
    assert points(n_rows, level=level) == [expected * level]


def test_pieces_that_clear_one_after_another_are_worth_fifty_more_each() -> None:
    assert points(1, 1, 2, 0, 1, level=3) == [300, 450, 1200, 0, 300]


def test_four_rows_after_four_are_worth_half_as_much_again() -> None:
    assert points(4, 0, 4, 0, 0, 4) == [800, 0, 1200, 0, 0, 1200]
    assert points(4, 4) == [800, 1250]


@pytest.mark.parametrize("fewer", [1, 2, 3])
def test_fewer_rows_between_end_that(fewer: int) -> None:
    assert points(4, 0, fewer, 0, 4)[-1] == 800
