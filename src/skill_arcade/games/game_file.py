"""Reads one game file; whatever is wrong with it is told with its file, line and key."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.definition import GameDefinition
from skill_arcade.games.located_yaml import KeyPath, LocatedYaml, read_located_yaml


def read_game_file(path: Path) -> tuple[GameDefinition, LocatedYaml]:
    """The game, and where in the file everything stands.

    Raises:
        GameFileError: something is wrong with it: the first such thing, by line.
    """
    located = read_located_yaml(path)
    try:
        return GameDefinition.model_validate(located.data), located
    except ValidationError as error:
        problems = [_locate(each, located) for each in error.errors()]
        first = min(problems, key=lambda problem: problem.line or 0)
        raise first from error


def _locate(detail: ErrorDetails, located: LocatedYaml) -> GameFileError:
    path = _path_in_file(detail["loc"], located)
    if detail["type"] == "missing":
        return located.error_at((*path, detail["loc"][-1]), "is missing")
    within = tuple(detail.get("ctx", {}).get("path", ()))
    message = detail["msg"].removeprefix("Value error, ")
    return located.error_at((*path, *within), message)


def _path_in_file(loc: KeyPath, located: LocatedYaml) -> KeyPath:
    """`loc` without pydantic's own words in it (which kind of pacing it took a section for, say)."""
    path: KeyPath = ()
    for part in loc:
        if (*path, part) in located.lines:
            path = (*path, part)
    return path
