from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.games.tetris.setting import KEYS

from skill_arcade.games.tetris.keys import ACTIONS, Across, Down, Keys, Turn
from skill_arcade.games.tetris.orders import OrderReader


def shifts(*names: str, das_frames: int = 10, arr_frames: int = 2) -> list[int]:
    reader = OrderReader(das_frames, arr_frames)
    return [reader.read(KEYS[name]).shift for name in names]


def test_there_are_36_actions_with_names_of_their_own_and_the_first_is_none() -> None:
    names = [keys.name for keys in ACTIONS]
    assert len(set(names)) == 36
    assert names[0] == "NOOP"
    assert {"LEFT", "RIGHTDROP", "DOWNCCW", "LEFTDOWNHOLD", "HOLD"} <= set(names)


def test_a_held_arrow_shifts_at_once_after_10_frames_and_every_2_from_then_on() -> None:
    shifted = shifts(*["RIGHT"] * 20)
    assert [frame for frame, columns in enumerate(shifted) if columns] == [0, 10, 12, 14, 16, 18]
    assert set(shifted) == {0, 1}


@pytest.mark.parametrize(("das_frames", "arr_frames"), [(1, 1), (7, 1), (16, 6)])
def test_delay_and_rate_of_the_repetition_can_be_chosen(das_frames: int, arr_frames: int) -> None:
    shifted = shifts(*["LEFT"] * 60, das_frames=das_frames, arr_frames=arr_frames)
    assert [frame for frame, columns in enumerate(shifted) if columns] == [0, *range(das_frames, 60, arr_frames)]
    assert set(shifted) <= {0, -1}


def test_the_other_arrow_shifts_at_once_and_begins_its_own_delay() -> None:
    shifted = shifts(*["LEFT"] * 11, *["RIGHT"] * 11, *["LEFT"] * 2)
    assert [frame for frame, columns in enumerate(shifted) if columns] == [0, 10, 11, 21, 22]
    assert [shifted[frame] for frame in (0, 10, 11, 21, 22)] == [-1, -1, 1, 1, -1]


def test_other_keys_neither_end_nor_begin_a_repetition() -> None:
    assert shifts(*["LEFT"] * 5, "LEFTCW", "LEFTDOWN", *["LEFTDROPHOLD"] * 8) == shifts(*["LEFT"] * 15)


@given(st.lists(st.sampled_from(ACTIONS), max_size=60))
def test_turning_dropping_and_holding_happen_once_a_press_and_a_soft_drop_as_long_as_it_is_held(
    held: list[Keys],
) -> None:
    reader = OrderReader(10, 2)
    for before, keys in pairwise([Keys(), *held]):
        orders = reader.read(keys)
        is_new = keys.turn is not before.turn
        assert orders.turn == {Turn.CW: 1, Turn.CCW: -1}.get(keys.turn, 0) * is_new
        assert orders.hold == (keys.turn is Turn.HOLD and is_new)
        assert orders.hard_drop == (keys.down is Down.DROP is not before.down)
        assert orders.soft_drop == (keys.down is Down.DOWN)
        if keys.across is not before.across:
            assert orders.shift == {Across.NONE: 0, Across.LEFT: -1, Across.RIGHT: 1}[keys.across]
