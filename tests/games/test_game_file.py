"""Every mistake in a game file is told with its file, its line and its key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.catalogue import BUILT_IN_FOLDER
from skill_arcade.games.game_file import read_game_file

CART_POLE = (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text(encoding="utf-8")
# Without its options, which say once more what each number of poles needs.
HANOI = re.sub(r"\noptions:\n.*?\n\n", "\n", (BUILT_IN_FOLDER / "Hanoi.v0.yaml").read_text("utf-8"), flags=re.DOTALL)


def change(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def read_wrong(text: str, folder: Path) -> GameFileError:
    path = folder / "game.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GameFileError) as caught:
        read_game_file(path)
    assert caught.value.file == str(path)
    assert str(caught.value).startswith(f"{path}:")
    return caught.value


# What is replaced, by what, how the line begins that the error names, its key, a part of its sentence.
MISTAKES = {
    "an unknown key": ("summary:", "sumary:", "sumary:", "sumary", "did you mean 'summary'"),
    "an unknown key deep down": (
        "tick_hz: 20",
        "tick_hertz: 20",
        "pacing:",
        "pacing.tick_hertz",
        "'tick_hz'",
    ),
    "an unknown key in a list": ("say: Push right", "says: R", "  - {does: R", "controls[1].says", "'say'"),
    "a wrong type": ("max_steps: 1000", "max_steps: many", "max_steps:", "max_steps", "valid integer"),
    "a number in quotes": ("tick_hz: 20", 'tick_hz: "20"', "pacing:", "pacing.tick_hz", "valid number"),
    "a number out of bounds": ("tick_hz: 20", "tick_hz: 0", "pacing:", "pacing.tick_hz", "greater than 0"),
    "a missing key": ("title: CartPole\n", "", "id:", "title", "is missing"),
    "a missing key deep down": ("unit: steps, ", "", "metric:", "metric.unit", "is missing"),
    "an id with a slash": ("id: CartPole.v1", "id: Cart/Pole", "id:", "id", "match pattern"),
    "a missing kind": ("{policy: random}", "{value: 3}", "seed:", "seed", "discriminator 'policy'"),
    "an unknown kind": ("{policy: random}", "{policy: any}", "seed:", "seed", "'random', 'fixed', 'list'"),
    "an empty list of seeds": (
        "{policy: random}",
        "{policy: list, values: []}",
        "seed:",
        "seed.values",
        "at least 1",
    ),
    "a key nobody has": (
        "KeyD]",
        "KeyÖ]",
        "  - {does: RIGHT",
        "controls[1].keys[1]",
        "no key a game may use",
    ),
    "a key that nearly is one": (
        "KeyD]",
        "ArowUp]",
        "  - {does: RIGHT",
        "controls[1].keys[1]",
        "mean 'ArrowUp'",
    ),
    "the key that pauses": (
        "KeyD]",
        "Escape]",
        "  - {does: RIGHT",
        "controls[1].keys[1]",
        "no key a game may use",
    ),
    "a key used twice": ("KeyD]", "KeyA]", "  - {does: RIGHT", "controls[1].keys[1]", "already used"),
    "a lower-case meaning": (
        "{does: LEFT",
        "{does: left",
        "  - {does: left",
        "controls[0].does",
        "match pattern",
    ),
    "two rules for no key": ("no_key: {", "no_key: {action: LEFT, ", "no_key:", "no_key", "say one of"),
    "no first action": ("{alternate: [LEFT, RIGHT]}", "{repeat: last}", "no_key:", "no_key", "say one of"),
    "a clock that waits": ("{alternate: [LEFT, RIGHT]}", "wait", "no_key:", "no_key", "does not wait"),
    "an unknown win rule": (
        "{won: on_truncation}",
        "{won: always}",
        "outcome:",
        "outcome.won",
        "on_termination",
    ),
    "a win rule with a typing error": (
        "{won: on_truncation}",
        "{won: {score_atleast: 5}}",
        "outcome:",
        "outcome.won.score_atleast",
        "did you mean 'score_at_least'",
    ),
    "a key said twice": ("max_steps: 1000", "max_steps: 1000\nid: B", "id: B", "id", "twice"),
    "a key that is no word": ("max_steps: 1000", "7: 1000", "7:", "", "a key is a word"),
    "a summary of two lines": ("summary: Keep", 'summary: "A\\nB" #', "summary:", "summary", "match pattern"),
    "a sequence in real time": (
        "no_key:",
        "sequences: [{does: LEFT, keys: [KeyQ, KeyR]}]\nno_key:",
        "sequences:",
        "sequences",
        "games of turns",
    ),
    "a day that no month has": ("title: CartPole", "title: 2026-02-31", "title:", "title", "'2026-02-31' is no value"),
    "an anchor within itself": (
        "max_steps: 1000",
        "max_steps: &a [*a]",
        "max_steps:",
        "max_steps[0]",
        "alias",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_line_and_its_key(mistake: str, tmp_path: Path) -> None:
    old, new, line_begins, key, told = MISTAKES[mistake]
    text = change(CART_POLE, old, new)
    error = read_wrong(text, tmp_path)
    assert error.line is not None
    assert text.splitlines()[error.line - 1].startswith(line_begins)
    assert error.key == key
    assert told in error.problem


TURN_MISTAKES = {
    "real time without a clock": (
        "no_key: wait",
        "no_key: {action: MOVE_0_1}",
        "no_key:",
        "no_key",
        "say wait",
    ),
    "a click on a dead key": (
        "1], key: Digit1}",
        "1], key: KeyQ}",
        "  - {region: [0,",
        "pointer[0].key",
        "nothing",
    ),
    "a region inside out": (
        "[0, 0, 0.3333, 1]",
        "[0.5, 0, 0.3, 1]",
        "  - {region: [0.5",
        "pointer[0].region",
        "left < right",
    ),
    "a region off the picture": (
        "[0, 0, 0.3333, 1]",
        "[0, 0, 2, 1]",
        "  - {region: [0,",
        "pointer[0].region[2]",
        "less than",
    ),
    "two equal sequences": (
        "[Digit1, Digit3]",
        "[Digit1, Digit2]",
        "  - {does: MOVE_0_2",
        "sequences[1].keys",
        "MOVE_0_1",
    ),
    "a sequence that another begins with": (
        "[Digit1, Digit3]",
        "[Digit1, Digit2, Digit3]",
        "  - {does: MOVE_0_2",
        "sequences[1].keys",
        "MOVE_0_1",
    ),
    "a sequence of one key": (
        "[Digit1, Digit3]",
        "[Digit1]",
        "  - {does: MOVE_0_2",
        "sequences[1].keys",
        "at least 2",
    ),
    "a tick in a game of turns": (
        "{mode: turn}",
        "{mode: turn, tick_hz: 5}",
        "pacing:",
        "pacing.tick_hz",
        "None",
    ),
    "a key that acts alone and begins a sequence": (
        "no_key:",
        "controls: [{does: MOVE_0_1, keys: [Digit1], say: x}]\nno_key:",
        "  - {does: MOVE_0_1",
        "sequences[0].keys",
        "alone already",
    ),
}


@pytest.mark.parametrize("mistake", TURN_MISTAKES)
def test_a_mistake_in_a_game_of_turns_is_told_with_its_line_and_its_key(mistake: str, tmp_path: Path) -> None:
    old, new, line_begins, key, told = TURN_MISTAKES[mistake]
    text = change(HANOI, old, new)
    error = read_wrong(text, tmp_path)
    assert error.line is not None
    assert text.splitlines()[error.line - 1].startswith(line_begins)
    assert error.key == key
    assert told in error.problem


def test_of_several_mistakes_the_first_in_the_file_is_told(tmp_path: Path) -> None:
    text = change(change(CART_POLE, "max_steps: 1000", "max_steps: many"), "width: 600", "width: wide")
    assert read_wrong(text, tmp_path).key == "picture.width"


def test_bad_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    error = read_wrong("id: A.v0\ntitle: [unclosed\nsummary: x\n", tmp_path)
    assert error.line == 3
    assert "not YAML" in error.problem


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused_at_its_first_line(text: str, tmp_path: Path) -> None:
    error = read_wrong(text, tmp_path)
    assert error.line == 1
    assert "mapping" in error.problem


def test_control_characters_are_refused(tmp_path: Path) -> None:
    assert "not YAML" in read_wrong("id: \x00", tmp_path).problem


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "game.yaml"
    path.write_bytes("title: Café".encode("latin-1"))
    with pytest.raises(GameFileError, match="not UTF-8"):
        read_game_file(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GameFileError, match="cannot be read: No such file"):
        read_game_file(tmp_path / "none.yaml")


def test_a_yaml_alias_may_be_used(tmp_path: Path) -> None:
    path = tmp_path / "game.yaml"
    path.write_text(
        change(change(CART_POLE, "say: Push left", "say: &push Push"), "say: Push right", "say: *push"),
        encoding="utf-8",
    )
    definition, _ = read_game_file(path)
    assert [control.say for control in definition.controls] == ["Push", "Push"]
