"""Reads one game file; whatever is wrong with it is told with its file, line and key."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from skill_arcade.domain.errors import BadOptions, GameFileError
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import KeyPath, LocatedYaml, read_located_yaml
from skill_arcade.games.file.mistakes import describe_mistake
from skill_arcade.games.file.options import format_value


def find_game_files(folder: Path) -> list[Path]:
    """The game files of a folder, by name; none where there is no such folder."""
    return sorted(path for path in folder.glob("*") if path.suffix in {".yaml", ".yml"})


def read_game_file(path: Path) -> tuple[GameDefinition, LocatedYaml]:
    """The game, and where in the file everything stands.

    Raises:
        GameFileError: something is wrong with it: the first such thing, by line.
    """
    located = read_located_yaml(path)
    try:
        definition = GameDefinition.model_validate(located.data)
    except ValidationError as error:
        problems = [_locate(each, located) for each in error.errors()]
        first = min(problems, key=lambda problem: problem.line or 0)
        raise first from error
    _check_options(definition, located)
    return definition, located


def _check_options(definition: GameDefinition, located: LocatedYaml) -> None:
    """Make sure that every value of every option still gives a game, and so do any two that change the file."""
    values = [
        (("options", number, "values", place), option.name, each)
        for number, option in enumerate(definition.options)
        for place, each in enumerate(option.values)
    ]
    changing = [value for value in values if value[2].changes]
    pairs = [pair for pair in combinations(changing, 2) if pair[0][1] != pair[1][1]]
    for together in (*((value,) for value in values), *pairs):
        try:
            definition.with_options({name: each.value for _, name, each in together})
        except BadOptions as error:
            path, _, each = together[-1]
            raise located.error_at(path, f"{format_value(each.value)}: {error}") from error


def _locate(detail: ErrorDetails, located: LocatedYaml) -> GameFileError:
    path = _path_in_file(detail["loc"], located)
    if detail["type"] == "missing":
        return located.error_at((*path, detail["loc"][-1]), "is missing")
    within = tuple(detail.get("ctx", {}).get("path", ()))
    return located.error_at((*path, *within), describe_mistake(detail, located.booleans.get(path)))


def _path_in_file(loc: KeyPath, located: LocatedYaml) -> KeyPath:
    """`loc` without pydantic's own words in it (which kind of pacing it took a section for, say)."""
    path: KeyPath = ()
    for part in loc:
        if (*path, part) in located.lines:
            path = (*path, part)
    return path
