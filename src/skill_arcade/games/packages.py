"""Folders of game files that installed packages bring along, by an entry point.

A package says in its `pyproject.toml`:

    [project.entry-points."skill_arcade.games"]
    my-games = "my_package.games"

and the `*.yaml` of that (sub)package's folder are games. The package itself is not imported to find them: that comes
when a game is opened, in the game's own process.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from skill_arcade.domain.errors import GameFileError
from skill_arcade.games.file.reading import find_game_files

GROUP = "skill_arcade.games"
"""The group of entry points."""


def find_package_folders() -> Iterator[Path | GameFileError]:
    """The folder of every entry point, in the order of their names; or what is wrong with it."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            yield _folder_of(entry)
        except GameFileError as error:
            yield error


def _folder_of(entry: EntryPoint) -> Path:
    """The folder of the package that an entry point names.

    Raises:
        GameFileError: there is no such package, or it has no game files.
    """
    top, *rest = entry.value.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place, *rest)
        if find_game_files(folder):
            return folder
    raise GameFileError(_where(entry), None, "", f"there is no package {entry.value!r} with game files")


def _where(entry: EntryPoint) -> str:
    distribution = entry.dist.name if entry.dist is not None else "a package"
    return f"{distribution}, entry point {entry.name!r} of {GROUP}"
