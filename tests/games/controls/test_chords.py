from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.controls.chords import ChordControls
from skill_arcade.games.file.bindings import NoKey
from skill_arcade.games.file.definition import GameDefinition

JOYSTICK = (
    "NOOP", "FIRE", "UP", "RIGHT", "LEFT", "DOWN", "UPRIGHT", "UPLEFT", "DOWNRIGHT", "DOWNLEFT", "UPFIRE",
    "RIGHTFIRE", "LEFTFIRE", "DOWNFIRE", "UPRIGHTFIRE", "UPLEFTFIRE", "DOWNRIGHTFIRE", "DOWNLEFTFIRE",
)  # fmt: skip
KEYS = {
    "ArrowUp": "UP",
    "ArrowDown": "DOWN",
    "ArrowLeft": "LEFT",
    "ArrowRight": "RIGHT",
    "KeyA": "LEFT",
    "Space": "FIRE",
}


def with_changes(game_id: str, **changes: object) -> GameDefinition:
    return GameDefinition.from_json({**Catalogue.load().get(game_id).to_json(), **changes})


@cache
def whole_joystick() -> ChordControls:
    return joystick()


def joystick(no_key: object = None, meanings: tuple[str, ...] = JOYSTICK) -> ChordControls:
    controls = [{"does": does, "keys": [code], "say": does} for code, does in KEYS.items()]
    return ChordControls(with_changes("Breakout.v0", controls=controls, no_key=no_key or {"action": "NOOP"}), meanings)


def meaning(held: list[str], taps: tuple[str, ...] = ()) -> str:
    return JOYSTICK[whole_joystick().realtime_action(held, taps, None, None, 0)]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([], "NOOP"),
        (["ArrowLeft"], "LEFT"),
        (["ArrowLeft", "ArrowRight"], "RIGHT"),
        (["ArrowRight", "ArrowLeft"], "LEFT"),
        (["ArrowRight", "Space"], "RIGHTFIRE"),
        (["Space", "ArrowRight"], "RIGHTFIRE"),
        (["ArrowUp", "ArrowRight", "Space"], "UPRIGHTFIRE"),
        (["ArrowLeft", "ArrowUp", "ArrowRight", "Space"], "UPRIGHTFIRE"),
        (["ArrowUp", "ArrowLeft", "ArrowDown"], "DOWNLEFT"),
        (["KeyA", "ArrowLeft"], "LEFT"),
        (["ArrowLeft", "Escape", "KeyQ"], "LEFT"),
        (["KeyQ"], "NOOP"),
    ],
)
def test_the_newest_keys_act_together_as_far_as_there_is_such_an_action(held: list[str], expected: str) -> None:
    assert meaning(held) == expected


def test_a_tap_acts_for_its_one_step_together_with_what_is_held() -> None:
    assert meaning(["ArrowRight"], ("Space",)) == "RIGHTFIRE"
    assert meaning([], ("ArrowLeft",)) == "LEFT"


def test_a_tap_wins_over_an_opposite_key_that_is_held() -> None:
    assert meaning(["ArrowLeft"], ("ArrowRight",)) == "RIGHT"


def test_of_two_taps_the_later_wins() -> None:
    assert meaning([], ("ArrowRight", "ArrowLeft")) == "LEFT"


def test_where_the_game_has_no_chords_the_newest_key_alone_acts() -> None:
    controls = joystick(meanings=("NOOP", "FIRE", "RIGHT", "LEFT", "UP", "DOWN"))
    assert controls.realtime_action(["ArrowRight", "Space"], (), None, None, 0) == 1


@given(st.lists(st.sampled_from([*KEYS, "KeyQ"]), unique=True), st.lists(st.sampled_from([*KEYS]), max_size=3))
def test_no_keys_ever_make_more_or_less_than_an_action_of_the_game(held: list[str], taps: list[str]) -> None:
    action = whole_joystick().realtime_action(held, taps, None, None, 0)
    pressed = {KEYS[code] for code in (*held, *taps) if code in KEYS}
    if pressed:
        assert any(word in JOYSTICK[action] for word in pressed)
    else:
        assert JOYSTICK[action] == "NOOP"
    assert not {"LEFT", "RIGHT"} <= {word for word in pressed if word in JOYSTICK[action]}


def test_without_a_key_the_last_action_may_go_on() -> None:
    controls = joystick({"repeat": "last", "first": "LEFT"})
    assert JOYSTICK[controls.realtime_action([], (), None, None, 0)] == "LEFT"
    assert controls.realtime_action([], (), None, 7, 1) == 7


def test_without_a_key_actions_may_alternate_by_the_number_of_the_step() -> None:
    controls = ChordControls(Catalogue.load().get("CartPole.v1"), ["LEFT", "RIGHT"])
    assert [controls.realtime_action([], (), None, None, step) for step in range(4)] == [0, 1, 0, 1]
    assert controls.realtime_action(["ArrowRight"], (), None, 0, 0) == 1


def test_a_meaning_that_the_game_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="has no action DOWN"):
        joystick(meanings=("NOOP", "FIRE", "RIGHT", "LEFT", "UP"))


def test_a_rule_for_no_key_names_its_meanings() -> None:
    rule = NoKey.model_validate_json('{"repeat": "last", "first": "LEFT"}')
    assert rule.meanings == ("LEFT",)
