"""Which games a server offers."""

from __future__ import annotations

from pathlib import Path

from skill_arcade.games.catalogue import BUILT_IN_FOLDER, Catalogue
from skill_arcade.games.file.located_yaml import LocatedYaml
from skill_arcade.games.front_row import FRONT_ROW
from skill_arcade.games.packages import find_package_folders
from skill_arcade.server.settings import Settings


def load_catalogue(settings: Settings) -> Catalogue:
    """The games that come with the program, those of the folder in the settings, and those of installed packages.

    What somebody added comes first: it is what this arcade was set up for.

    Raises:
        GameFileError: a game file is wrong.
    """
    catalogue = Catalogue.load((BUILT_IN_FOLDER, *(() if settings.games is None else (settings.games,))))
    catalogue.add_packages(find_package_folders())
    added = [game.id for game in catalogue if not _comes_with_program(catalogue.source_of(game.id))]
    catalogue.put_first((*added, *FRONT_ROW))
    return catalogue


def _comes_with_program(source: LocatedYaml) -> bool:
    return Path(source.file).is_relative_to(BUILT_IN_FOLDER.parent)
