"""Options of a game, and keys of a player's own choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from skill_arcade.domain.errors import BadKeys, BadOptions, GameFileError
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.reading import read_game_file

CART_POLE = Catalogue.load().get("CartPole.v1")
HANOI = Catalogue.load().get("Hanoi.v0")
CALM = {
    "name": "sutton_barto_reward",
    "say": "Reward",
    "values": [False, {"value": True, "say": "Only for falling", "changes": {"max_steps": 7}}],
    "default": False,
}


def with_options(*options: dict[str, Any]) -> GameDefinition:
    return GameDefinition.from_json({**CART_POLE.to_json(), "options": list(options)})


def test_what_is_chosen_becomes_an_argument_and_changes_what_the_file_says() -> None:
    resolved, chosen = with_options(CALM).with_options({"sutton_barto_reward": True})
    assert chosen == {"sutton_barto_reward": True}
    assert resolved.environment_spec().kwargs == {"sutton_barto_reward": True}
    assert resolved.max_steps == 7


def test_what_nobody_chose_has_its_default_and_is_told() -> None:
    resolved, chosen = with_options(CALM).with_options({})
    assert chosen == {"sutton_barto_reward": False}
    assert resolved.environment_spec().kwargs == {"sutton_barto_reward": False}
    assert resolved.max_steps == CART_POLE.max_steps


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"reward": True}, "has no option 'reward'; there are: sutton_barto_reward."),
        ({"sutton_barto_reward": 1}, "cannot be 1; it is one of false, true."),
        ({"sutton_barto_reward": [True]}, "it is one of false, true."),
    ],
)
def test_what_cannot_be_chosen_is_named(chosen: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadOptions) as caught:
        with_options(CALM).with_options(chosen)
    assert sentence in str(caught.value)


def test_a_game_without_options_says_so() -> None:
    with pytest.raises(BadOptions) as caught:
        CART_POLE.with_options({"reward": True})
    assert str(caught.value) == "This game has no option 'reward'; it has none."


def test_a_question_ends_as_one() -> None:
    with pytest.raises(BadOptions) as caught:
        with_options(CALM).with_options({"sutton_barto_rewards": True})
    assert str(caught.value).endswith("; did you mean 'sutton_barto_reward'?")


def test_values_that_are_right_alone_and_not_together_are_refused() -> None:
    def option(name: str, changes: dict[str, Any]) -> dict[str, Any]:
        return {"name": name, "say": name, "values": [0, {"value": 1, "changes": changes}], "default": 0}

    one_move = [{"does": "MOVE_0_1", "keys": ["Digit1", "Digit2"], "say": "Move"}]
    short = option("short", {"sequences": one_move, "pointer": []})
    third = option("third", {"pointer": [{"region": [0, 0, 1, 1], "key": "Digit3"}]})
    game = GameDefinition.from_json({**HANOI.to_json(), "options": [short, third]})
    for alone in ("short", "third"):
        game.with_options({alone: 1})
    with pytest.raises(BadOptions, match=r"With these options the game is not right: .*'Digit3' does nothing"):
        game.with_options({"short": 1, "third": 1})


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("default: 3}", "default: 9}", ":14: options[0].default: 9 is none of its values"),
        ("values: [3, 4]", "values: [3, 3]", ":14: options[0].values[1]: 3 is already there"),
        ("values: [3, 4]", "values: [3, {value: 4, changes: {id: A.v0}}]", "an option cannot change 'id'"),
        (
            "values: [3, 4]",
            "values: [3, {value: 4, changes: {max_steps: 0}}]",
            "4: With these options the game is not right: max_steps:",
        ),
        ("values: [3, 4]", "values: [true, true]", ":14: options[0].values[1]: true is already there"),
        (
            "name: discs",
            "name: Discs",
            ":14: options[0].name: 'Discs' is not allowed: small letters, digits and _ only, 32 at most",
        ),
    ],
)
def test_a_wrong_option_is_told_with_its_line(tmp_path: Path, old: str, new: str, problem: str) -> None:
    option = "- {name: discs, say: Discs, values: [3, 4], default: 3}"
    head, tail = (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text().split("\nenvironment:\n")
    file = tmp_path / "game.yaml"
    file.write_text(f"{head}\noptions:\n  {option.replace(old, new)}\nenvironment:\n{tail}")
    with pytest.raises(GameFileError) as caught:
        read_game_file(file)
    assert problem in str(caught.value)


def test_a_players_own_key_takes_the_place_of_the_games() -> None:
    own = CART_POLE.with_keys({"ArrowLeft": "KeyJ", "KeyA": "ArrowLeft"})
    assert own.controls[0].keys == ("KeyJ", "ArrowLeft")
    assert own.controls[1] == CART_POLE.controls[1]


def test_in_a_game_of_turns_a_click_is_a_tap_of_the_players_own_key() -> None:
    own = HANOI.with_keys({"Digit1": "KeyQ"})
    assert own.sequences[0].keys == ("KeyQ", "Digit2")
    assert own.pointer_key(0.1, 0.5) == "KeyQ"


@pytest.mark.parametrize(
    ("exchanged", "sentence"),
    [
        ({"KeyQ": "KeyJ"}, "'KeyQ' is no key of this game; did you mean 'KeyD'?"),
        ({"ArrowLeft": "Escape"}, "'Escape' is no key that a game may use."),
        (
            {"ArrowLeft": "ControlLeft"},
            "'ControlLeft' is no key that a game may use: what is pressed with it is the browser's.",
        ),
        (
            {"ArrowLeft": "MetaRight"},
            "'MetaRight' is no key that a game may use: what is pressed with it is the browser's.",
        ),
        ({"ArrowLeft": "ArrowRight"}, "'ArrowRight' cannot stand for both 'ArrowLeft' and 'ArrowRight'."),
    ],
)
def test_keys_that_cannot_be_exchanged_are_named(exchanged: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadKeys) as caught:
        CART_POLE.with_keys(exchanged)
    assert sentence in str(caught.value)


def test_values_that_do_not_go_together_are_told_when_the_file_is_read(tmp_path: Path) -> None:
    text = (BUILT_IN_FOLDER / "Hanoi.v0.yaml").read_text(encoding="utf-8")
    # Five poles are moved between by keys of which a click then taps one that does nothing any more.
    start = "changes: {seed: {policy: random}}"
    other = "changes: {seed: {policy: random}, pointer: [{region: [0, 0, 1, 1], key: Digit3}]}"
    few = "  - {value: 6, changes: {sequences: [{does: MOVE_0_1, keys: [Digit1, Digit2]}], pointer: []}}"
    file = tmp_path / "game.yaml"
    assert text.count(start) == 1
    file.write_text(
        text.replace(start, other).replace("values: [2, 3, 4, 5, 6, 7, 8]", f"values:\n    - 3\n  {few}"),
        encoding="utf-8",
    )
    with pytest.raises(
        GameFileError, match=r"options\[2\]\.values\[1\]: .random.: .*'Digit3' does nothing in this game"
    ):
        read_game_file(file)
