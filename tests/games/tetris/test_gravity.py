from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.games.tetris.setting import hold_down, new_game, piece_of

from skill_arcade.games.tetris.gravity import Gravity, rows_per_frame
from skill_arcade.games.tetris.pieces import T

# The guideline's seconds for a row, to five places.
SECONDS = {1: 1.0, 2: 0.793, 3: 0.61780, 4: 0.47273, 5: 0.35520, 10: 0.06415, 15: 0.00706, 20: 0.00046}


@pytest.mark.parametrize("level", SECONDS)
def test_a_row_takes_the_guidelines_seconds(level: int) -> None:
    assert float(1 / (60 * rows_per_frame(level))) == pytest.approx(SECONDS[level], abs=5e-6)


def test_beyond_level_20_it_grows_no_faster() -> None:
    assert rows_per_frame(20) == rows_per_frame(21) == rows_per_frame(1000)


@given(st.integers(1, 40), st.lists(st.booleans(), min_size=1, max_size=300))
def test_after_any_frames_exactly_the_whole_rows_that_are_due_were_given(level: int, softs: list[bool]) -> None:
    gravity = Gravity(level)
    given_rows = sum(gravity.advance(is_soft) for is_soft in softs)
    due: Fraction = rows_per_frame(level) * sum(20 if is_soft else 1 for is_soft in softs)
    assert given_rows == due.numerator // due.denominator


@pytest.mark.parametrize(
    ("level", "rows_after"),
    [
        (1, {59: 0, 60: 1, 119: 1, 120: 2}),
        (5, {21: 0, 22: 1, 42: 1, 43: 2, 63: 2, 64: 3}),
        (15, {1: 2, 2: 4, 3: 7, 4: 9, 5: 11}),
    ],
)
def test_a_piece_falls_by_its_level(level: int, rows_after: dict[int, int]) -> None:
    for n_frames, n_rows in rows_after.items():
        game = new_game(T, level=level)
        start = piece_of(game).y
        hold_down(game, "NOOP", n_frames)
        assert piece_of(game).y - start == n_rows


def test_a_soft_drop_falls_twenty_times_as_fast() -> None:
    game = new_game(T)
    start = piece_of(game).y
    hold_down(game, "DOWN", 9)
    assert piece_of(game).y - start == 3


def test_a_piece_that_slides_off_begins_its_next_row_anew() -> None:
    game = new_game(T, *["...OOO...."] * 19)
    assert not game.field.fits(piece_of(game).lowered(1))
    hold_down(game, "NOOP", 20)
    hold_down(game, "LEFT", 13)  # a shift at once, one after 10 frames, and after 12 the one that frees it
    start = piece_of(game)
    assert game.field.fits(start.lowered(1))
    hold_down(game, "NOOP", 58)
    assert piece_of(game) == start
    hold_down(game, "NOOP")
    assert piece_of(game) == start.lowered(1)
