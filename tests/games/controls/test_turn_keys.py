from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.controls.turn_keys import TurnKeys
from skill_arcade.games.file.definition import GameDefinition

HANOI = Catalogue.load().get("Hanoi.v0")
MOVES = ("MOVE_0_1", "MOVE_0_2", "MOVE_1_0", "MOVE_1_2", "MOVE_2_0", "MOVE_2_1")


def hanoi_keys() -> TurnKeys:
    return TurnKeys(HANOI, MOVES)


def press_all(keys: TurnKeys, *codes: str) -> list[int | None]:
    return [keys.press(code) for code in codes]


def test_two_keys_make_a_move() -> None:
    keys = hanoi_keys()
    assert press_all(keys, "Digit1", "Digit3") == [None, MOVES.index("MOVE_0_2")]
    assert keys.pending == ()


def test_the_keys_so_far_are_told() -> None:
    keys = hanoi_keys()
    keys.press("Digit2")
    assert keys.pending == ("Digit2",)


def test_the_same_key_again_takes_the_choice_back() -> None:
    keys = hanoi_keys()
    assert press_all(keys, "Digit2", "Digit2") == [None, None]
    assert keys.pending == ()


def test_a_key_that_does_nothing_in_this_game_leaves_the_choice_as_it_is() -> None:
    keys = hanoi_keys()
    assert press_all(keys, "Digit1", "KeyQ", "Digit2") == [None, None, MOVES.index("MOVE_0_1")]


def with_keys(controls: list[object], sequences: list[object]) -> TurnKeys:
    whole = HANOI.to_json()
    changed = {**whole, "controls": controls, "sequences": sequences, "pointer": []}
    return TurnKeys(GameDefinition.from_json(changed), MOVES)


def test_a_key_that_does_not_go_on_begins_anew() -> None:
    keys = with_keys(
        [], [{"does": "MOVE_0_1", "keys": ["KeyA", "KeyB"]}, {"does": "MOVE_1_0", "keys": ["KeyC", "KeyD"]}]
    )
    assert press_all(keys, "KeyA", "KeyC", "KeyD") == [None, None, MOVES.index("MOVE_1_0")]


def test_a_key_that_can_neither_go_on_nor_begin_clears_the_choice() -> None:
    keys = with_keys([], [{"does": "MOVE_0_1", "keys": ["KeyA", "KeyB", "KeyC"]}])
    assert press_all(keys, "KeyA", "KeyC") == [None, None]
    assert keys.pending == ()


def test_a_single_key_acts_at_once_also_within_a_sequence() -> None:
    keys = with_keys(
        [{"does": "MOVE_2_1", "keys": ["Space", "Enter"], "say": "Go"}],
        [{"does": "MOVE_0_1", "keys": ["KeyA", "KeyB"]}],
    )
    assert press_all(keys, "Enter", "KeyA", "Space") == [5, None, 5]
    assert keys.pending == ()


def test_a_sequence_may_be_of_three_keys() -> None:
    keys = with_keys([], [{"does": "MOVE_0_1", "keys": ["KeyA", "KeyB", "KeyB"]}])
    assert press_all(keys, "KeyA", "KeyB", "KeyB") == [None, None, 0]


@given(st.lists(st.sampled_from(["Digit1", "Digit2", "Digit3", "KeyQ"])))
def test_what_is_pending_is_always_the_beginning_of_a_move(codes: list[str]) -> None:
    keys = hanoi_keys()
    for code in codes:
        pending = keys.pending
        action = keys.press(code)
        if action is not None:
            source, target = (int(each[-1]) - 1 for each in (*pending, code))
            assert MOVES[action] == f"MOVE_{source}_{target}"
        assert len(keys.pending) <= 1


def test_a_meaning_that_the_game_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="has no action MOVE_2_1"):
        TurnKeys(HANOI, MOVES[:-1])
