"""From keys and mouse to an action that is a list of numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skill_arcade.domain.pointing import Pointing, follow_pointing
from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.controls.vector_controls import VectorControls
from skill_arcade.games.file.bindings import PointerAxis
from skill_arcade.games.file.definition import GameDefinition

CAR: dict[str, Any] = {
    "rest": [0.0, 0.1, 0.0],
    "controls": [
        {"does": "LEFT", "keys": ["ArrowLeft", "KeyA"], "say": "Left", "sets": [{"element": 0, "value": -1}]},
        {"does": "RIGHT", "keys": ["ArrowRight"], "say": "Right", "sets": [{"element": 0, "value": 1}]},
        {"does": "GAS", "keys": ["ArrowUp"], "say": "Gas", "sets": [{"element": 1, "value": 1}]},
        {
            "does": "SKID",
            "keys": ["Space"],
            "say": "Turn round",
            "sets": [{"element": 0, "value": -0.5}, {"element": 2, "value": 0.8}],
        },
    ],
    "pointer_axes": [
        {"axis": "x", "element": 0, "from": -1, "to": 1},
        {"axis": "y", "element": 1, "from": 1, "to": 0},
    ],
    "no_key": "rest",
}
REST = (0.0, 0.1, 0.0)


def car(**changes: object) -> VectorControls:
    whole = Catalogue.load().get("CartPole.v1").to_json()
    return VectorControls(GameDefinition.from_json({**whole, "actions": [], **CAR, **changes}))


def drive(held: list[str], taps: tuple[str, ...] = (), pointing: Pointing | None = None) -> tuple[float, ...]:
    return car().realtime_action(held, taps, pointing, None, 0)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([], REST),
        (["ArrowLeft"], (-1.0, 0.1, 0.0)),
        (["ArrowLeft", "ArrowRight"], (1.0, 0.1, 0.0)),
        (["ArrowRight", "KeyA"], (-1.0, 0.1, 0.0)),
        (["ArrowUp", "ArrowLeft"], (-1.0, 1.0, 0.0)),
        (["ArrowRight", "Space"], (-0.5, 0.1, 0.8)),
        (["Space", "ArrowRight"], (1.0, 0.1, 0.8)),
        (["KeyQ", "Escape"], REST),
    ],
)
def test_each_held_key_sets_its_elements_and_the_newer_wins(held: list[str], expected: tuple[float, ...]) -> None:
    """LIVE-34."""
    assert drive(held) == expected


def test_a_tap_counts_as_newer_than_any_held_key() -> None:
    """LIVE-34."""
    assert drive(["ArrowLeft"], ("ArrowRight",)) == (1.0, 0.1, 0.0)
    assert drive(["ArrowUp"], ("ArrowLeft", "ArrowRight")) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("place", "expected"),
    [((0, 0), (-1.0, 1.0)), ((1, 1), (1.0, 0.0)), ((0.5, 0.25), (0.0, 0.75))],
)
def test_the_mouse_sets_its_elements_by_its_place(place: tuple[float, float], expected: tuple[float, float]) -> None:
    """LIVE-34."""
    assert drive([], (), Pointing(place)) == (*expected, 0.0)


@given(st.floats(0, 1), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_no_place_carries_an_element_beyond_its_ends(x: float, start: float, end: float) -> None:
    axis = PointerAxis.model_validate({"axis": "x", "element": 0, "from": start, "to": end})
    assert min(start, end) <= axis.value_at((x, 0)) <= max(start, end)
    assert (axis.value_at((0, 1)), axis.value_at((1, 0))) == (start, end)


def test_a_held_key_wins_over_the_mouse_on_its_own_elements_alone() -> None:
    """LIVE-34."""
    assert drive(["ArrowLeft"], (), Pointing((1, 0))) == (-1.0, 1.0, 0.0)


def test_an_element_that_a_key_has_set_is_the_keys_until_the_mouse_moves_again() -> None:
    """LIVE-34."""
    pointing = follow_pointing(None, "move", None, 1.0, 0.0)
    pointing = follow_pointing(pointing, "down", "ArrowLeft", None, None)
    pointing = follow_pointing(pointing, "up", "ArrowLeft", None, None)
    assert drive([], (), pointing) == (0.0, 1.0, 0.0)
    assert drive([], (), follow_pointing(pointing, "move", None, 1.0, 0.5)) == (1.0, 0.5, 0.0)
    assert drive([], (), follow_pointing(pointing, "pointer", None, 1.0, 0.5)) == (1.0, 0.5, 0.0)


def test_before_the_mouse_was_anywhere_keys_alone_count() -> None:
    assert follow_pointing(None, "down", "ArrowLeft", None, None) is None
    assert follow_pointing(None, "sync", None, None, None) is None


def test_in_turns_one_key_is_a_move_and_the_elements_of_another_do_not_stay() -> None:
    """LIVE-35."""
    controls = car(pacing={"mode": "turn"}, no_key="wait", pointer_axes=[])
    assert controls.press("ArrowLeft") == (-1.0, 0.1, 0.0)
    assert controls.press("ArrowUp") == (0.0, 1.0, 0.0)
    assert controls.press("KeyQ") is None
    assert controls.pending == ()


def test_a_game_whose_actions_are_numbers_has_no_such_controls() -> None:
    with pytest.raises(ValueError, match="no actions that are lists"):
        VectorControls(Catalogue.load().get("CartPole.v1"))
