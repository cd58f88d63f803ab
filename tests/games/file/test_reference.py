"""The reference of the game file tells every key there is, and its example is a game that is played."""

from __future__ import annotations

from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest

from skill_arcade.games.catalogue import BUILT_IN_FOLDER
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.section import Section

REFERENCE = (Path(__file__).parents[3] / "docs" / "reference" / "game-file.md").read_text(encoding="utf-8")


def sections_in(annotation: Any) -> list[type[Section]]:  # annotations are of any type
    """The sections that a field may hold, itself or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    if get_origin(annotation) in {Annotated, Union, UnionType, tuple}:
        return [section for part in get_args(annotation) for section in sections_in(part)]
    return []


def keys_of(section: type[Section]) -> set[str]:
    """Every key of a section and of those within it."""
    keys: set[str] = set()
    for name, field in section.model_fields.items():
        keys.add(field.alias or name)
        for inner in sections_in(field.annotation):
            keys |= keys_of(inner)
    return keys


def test_keys_are_found_at_every_depth() -> None:
    assert {"id", "tick_hz", "does", "region", "alternate", "score_at_least", "at_most", "from"} <= keys_of(
        GameDefinition
    )


@pytest.mark.parametrize("key", sorted(keys_of(GameDefinition)))
def test_every_key_is_in_the_reference(key: str) -> None:
    prose = REFERENCE.partition("## The keys")[2]
    assert any(quoted in prose for quoted in (f"`{key}`", f"`{key}.", f".{key}`", f"{key}:"))


def test_the_example_is_the_file_itself() -> None:
    assert (BUILT_IN_FOLDER / "CartPole.v1.yaml").read_text(encoding="utf-8") in REFERENCE
