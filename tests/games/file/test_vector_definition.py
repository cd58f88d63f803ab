"""Game files whose actions are lists: what is wrong with them is told with its line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.examining.checking import check_definition
from skill_arcade.games.file.reading import read_game_file

LEFT = "sets: [{element: 0, value: -1}]}"
AXIS = "{axis: x, element: 0, from: -1, to: 1}"

# Text, what stands in its place, how the line begins that the error names, its key, a part of its sentence.
MISTAKES = {
    "an element too far": (
        LEFT,
        "sets: [{element: 1, value: -1}]}",
        "  - {does: LEFT",
        "controls[0].sets[0].element",
        "has the elements 0 to 0",
    ),
    "an element twice": (
        LEFT,
        "sets: [{element: 0, value: -1}, {element: 0, value: 1}]}",
        "  - {does: LEFT",
        "controls[0].sets[1].element",
        "already set",
    ),
    "no number": (LEFT, "sets: [{element: 0, value: .nan}]}", "  - {does: LEFT", "controls[0].sets[0].value", "finite"),
    "a control that sets nothing": (f", {LEFT}", "}", "  - {does: LEFT", "controls[0]", "say what it `sets`"),
    "an axis too far": (
        AXIS,
        AXIS.replace("0,", "4,"),
        f"  - {AXIS.replace('0,', '4,')}",
        "pointer_axes[0].element",
        "has the elements 0 to 0",
    ),
    "an axis twice": (
        AXIS,
        f"{AXIS}\n  - {AXIS.replace('axis: x', 'axis: y')}",
        "  - {axis: y",
        "pointer_axes[1].element",
        "already set",
    ),
    "an axis of depth": (
        AXIS,
        AXIS.replace("axis: x", "axis: z"),
        "  - {axis: z",
        "pointer_axes[0].axis",
        "'x' or 'y'",
    ),
    "names of actions": ("no_key: rest", "no_key: rest\nactions: [LEFT]", "actions:", "actions", "are lists"),
    "a meaning for no key": ("no_key: rest", "no_key: {action: LEFT}", "no_key:", "no_key", "it is rest"),
    "lists without a rest": ("rest: [0]\n", "", "  - {does: LEFT", "controls[0].sets", "`rest` is one"),
    "no element": ("rest: [0]", "rest: []", "rest:", "rest", "at least 1"),
    "the mouse in turns": (
        "pacing: {mode: realtime, tick_hz: 30}",
        "pacing: {mode: turn}",
        "no_key:",
        "no_key",
        "say wait",
    ),
}

# Likewise, but only the environment can tell.
MISFITS = {
    "rest is too long": ("rest: [0]", "rest: [0, 0]", "rest:", "rest", "takes a list of 1 number (-1 to 1)"),
    "rest is out of range": ("rest: [0]", "rest: [3]", "rest:", "rest", "takes a list of 1 number"),
    "a value out of range": (
        LEFT,
        LEFT.replace("-1", "-1.5"),
        "  - {does: LEFT",
        "controls[0].sets[0].value",
        "element 0 cannot be -1.5",
    ),
    "an axis out of range": (
        AXIS,
        AXIS.replace("to: 1", "to: 2"),
        "  - {axis",
        "pointer_axes[0].to",
        "element 0 cannot be 2",
    ),
    "numbers instead of lists": (
        "id: MountainCarContinuous-v0",
        "id: MountainCar-v0",
        "rest:",
        "rest",
        "takes a number from 0 to 2",
    ),
}


def write_changed(game_id: str, old: str, new: str, folder: Path) -> Path:
    text = (BUILT_IN_FOLDER / f"{game_id}.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / "game.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def check_error(error: GameFileError, path: Path, line_begins: str, key: str, told: str) -> None:
    assert error.line is not None
    assert path.read_text(encoding="utf-8").splitlines()[error.line - 1].startswith(line_begins)
    assert (error.file, error.key) == (str(path), key)
    assert told in error.problem


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_key(mistake: str, tmp_path: Path) -> None:
    old, new, line_begins, key, told = MISTAKES[mistake]
    path = write_changed("MountainCarContinuous.v0", old, new, tmp_path)
    with pytest.raises(GameFileError) as caught:
        read_game_file(path)
    check_error(caught.value, path, line_begins, key, told)


@pytest.mark.parametrize("misfit", MISFITS)
def test_what_does_not_fit_the_environment_is_told_with_its_line_and_key(misfit: str, tmp_path: Path) -> None:
    old, new, line_begins, key, told = MISFITS[misfit]
    path = write_changed("MountainCarContinuous.v0", old, new, tmp_path)
    definition, source = read_game_file(path)
    with pytest.raises(GameFileError) as caught:
        check_definition(definition, source)
    check_error(caught.value, path, line_begins, key, told)


def test_a_file_for_numbers_is_told_that_the_environment_takes_lists(tmp_path: Path) -> None:
    path = write_changed("MountainCar.v0", "id: MountainCar-v0", "id: MountainCarContinuous-v0", tmp_path)
    definition, source = read_game_file(path)
    with pytest.raises(GameFileError) as caught:
        check_definition(definition, source)
    check_error(caught.value, path, "controls:", "controls", "say `rest`, and what each control `sets`")


def test_the_mouse_sets_nothing_in_a_game_of_turns(tmp_path: Path) -> None:
    path = write_changed("MountainCarContinuous.v0", "{mode: realtime, tick_hz: 30}", "{mode: turn}", tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("no_key: rest", "no_key: wait"), encoding="utf-8")
    with pytest.raises(GameFileError, match="pointer_axes are for games in real time"):
        read_game_file(path)


def test_a_game_may_be_played_with_the_mouse_alone(tmp_path: Path) -> None:
    text = (BUILT_IN_FOLDER / "MountainCarContinuous.v0.yaml").read_text(encoding="utf-8")
    head, rest = text.split("controls:\n")
    path = tmp_path / "game.yaml"
    path.write_text(head + rest[rest.index("pointer_axes:") :], encoding="utf-8")
    definition, source = read_game_file(path)
    check_definition(definition, source)
    assert definition.controls == ()


def test_a_page_is_told_what_the_mouse_does_and_not_what_keys_set() -> None:
    """LIVE-38."""
    view = Catalogue.load().get("MountainCarContinuous.v0").public_view()
    assert view["pointer_axes"] == [{"axis": "x", "element": 0, "from": -1.0, "to": 1.0}]
    assert view["controls"][0] == {"does": "LEFT", "keys": ["ArrowLeft", "KeyA"], "say": "Full throttle left"}
    assert Catalogue.load().get("MountainCar.v0").public_view()["pointer_axes"] == []


def test_a_players_own_keys_set_what_the_games_keys_did() -> None:
    own = Catalogue.load().get("MountainCarContinuous.v0").with_keys({"ArrowLeft": "KeyJ"})
    assert own.controls[0].keys == ("KeyJ", "KeyA")
    assert own.controls[0].sets[0].value == -1
