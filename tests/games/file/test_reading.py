"""Every mistake in a game file is told with its file, its line and its key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.catalogue import BUILT_IN_FOLDER
from skill_arcade.games.file.reading import read_game_file

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
    "a wrong type": ("max_steps: 1000", "max_steps: many", "max_steps:", "max_steps", "must be a whole number"),
    "a number in quotes": ("tick_hz: 20", 'tick_hz: "20"', "pacing:", "pacing.tick_hz", "must be a number"),
    "a number out of bounds": ("tick_hz: 20", "tick_hz: 0", "pacing:", "pacing.tick_hz", "must be more than 0"),
    "a missing key": ("title: CartPole\n", "", "id:", "title", "is missing"),
    "a missing key deep down": ("unit: steps, ", "", "metric:", "metric.unit", "is missing"),
    "an id with a slash": ("id: CartPole.v1", "id: Cart/Pole", "id:", "id", "letters, digits and . _ - only"),
    "a missing kind": ("{policy: random}", "{value: 3}", "seed:", "seed", "'policy' is missing"),
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
        "no key that a game may use",
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
        "no key that a game may use",
    ),
    "a key that the browser has for itself": (
        "KeyD]",
        "AltLeft]",
        "  - {does: RIGHT",
        "controls[1].keys[1]",
        "is the browser's",
    ),
    "a key used twice": ("KeyD]", "KeyA]", "  - {does: RIGHT", "controls[1].keys[1]", "already used"),
    "a lower-case meaning": (
        "{does: LEFT",
        "{does: left",
        "  - {does: left",
        "controls[0].does",
        "capitals, digits and _ only",
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
    "a summary of two lines": ("summary: Keep", 'summary: "A\\nB" #', "summary:", "summary", "one line only"),
    "a sequence in real time": (
        "no_key:",
        "sequences: [{does: LEFT, keys: [KeyQ, KeyR]}]\nno_key:",
        "sequences:",
        "sequences",
        "games of turns",
    ),
    "a day that no month has": ("title: CartPole", "title: 2026-02-31", "title:", "title", "'2026-02-31' is no value"),
    "a word that YAML reads as no": (
        "actions: [LEFT, RIGHT]",
        "actions: [NO, YES]",
        "actions:",
        "actions[0]",
        'YAML reads NO as false: put it in quotes ("NO")',
    ),
    "a title that YAML reads as yes": ("title: CartPole", "title: on", "title:", "title", "YAML reads on as true"),
    "too many tips": ("tags: [classic]", "tags: [a, b, c, d, e, f, g, h, i]", "tags:", "tags", "at most 8 of them"),
    "a text for a list": ("tags: [classic]", "tags: classic", "tags:", "tags", "must be a list"),
    "a word for yes": (
        "deterministic: true",
        "deterministic: sure",
        "deterministic:",
        "deterministic",
        "true or false",
    ),
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
        "must be 1 or less",
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
        "left out",
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


def test_aliases_that_name_more_than_a_file_can_hold_are_refused_at_once(tmp_path: Path) -> None:
    laughs = "\n".join(f"l{n + 1}: &l{n + 1} [{', '.join([f'*l{n}'] * 10)}]" for n in range(30))
    error = read_wrong(f"l0: &l0 [ha, ha]\n{laughs}\n", tmp_path)
    # The first line of which the values are too many: each has ten times those of the line before.
    assert (error.line, error.problem) == (6, "with its aliases this is more than 100,000 values")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_what_is_nested_too_deeply_is_refused(opening: str, tmp_path: Path) -> None:
    error = read_wrong(f"id: A.v0\nx:\n  {opening * 200_000}\n", tmp_path)
    assert (error.line, error.key) == (3, "")
    assert "nested too deeply" in error.problem


def test_what_is_nested_too_deeply_through_aliases_is_refused(tmp_path: Path) -> None:
    chain = "\n".join(f"l{n + 1}: &l{n + 1} [*l{n}]" for n in range(400))
    error = read_wrong(f"l0: &l0 ha\n{chain}\n", tmp_path)
    assert error.key == "l51"
    assert "nested too deeply" in error.problem


def test_a_file_that_is_too_long_for_a_game_is_refused(tmp_path: Path) -> None:
    assert "longer than 1 MB" in read_wrong(f"id: A.v0\n# {'a' * 1_000_000}\n", tmp_path).problem
