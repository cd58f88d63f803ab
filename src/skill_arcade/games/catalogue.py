"""All games there are: the game files of some folders. Loading them never opens an environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from skill_arcade.domain.errors import GameFileError, UnknownGame
from skill_arcade.games.definition import GameDefinition
from skill_arcade.games.game_file import read_game_file
from skill_arcade.games.located_yaml import LocatedYaml

BUILT_IN_FOLDER = Path(__file__).parent / "definitions"
"""The games that come with Skill Arcade."""


class Catalogue:
    """Games by id, in the order of folders and, within one, of file names."""

    def __init__(self, games: Iterable[tuple[GameDefinition, LocatedYaml]]) -> None:
        """Take the games in.

        Raises:
            GameFileError: two have the same id.
        """
        self._games: dict[str, tuple[GameDefinition, LocatedYaml]] = {}
        for definition, source in games:
            if definition.id in self._games:
                earlier = self._games[definition.id][1]
                raise source.error_at(("id",), f"{definition.id!r} is also the id of the game in {earlier.file}")
            self._games[definition.id] = (definition, source)

    @classmethod
    def load(cls, folders: Iterable[Path] = (BUILT_IN_FOLDER,)) -> Catalogue:
        """Read every *.yaml and *.yml of the folders.

        Raises:
            GameFileError: a folder is not there, a file is wrong, or two games have the same id.
        """
        return cls(read_game_file(path) for folder in folders for path in _game_files(folder))

    def get(self, game_id: str) -> GameDefinition:
        """The game with this id.

        Raises:
            UnknownGame: there is none.
        """
        return self._find(game_id)[0]

    def source_of(self, game_id: str) -> LocatedYaml:
        """The file of the game with this id.

        Raises:
            UnknownGame: there is none.
        """
        return self._find(game_id)[1]

    def __iter__(self) -> Iterator[GameDefinition]:
        return (definition for definition, _ in self._games.values())

    def __len__(self) -> int:
        return len(self._games)

    def __contains__(self, game_id: object) -> bool:
        return game_id in self._games

    def _find(self, game_id: str) -> tuple[GameDefinition, LocatedYaml]:
        try:
            return self._games[game_id]
        except KeyError:
            raise UnknownGame(game_id) from None


def _game_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise GameFileError(str(folder), None, "", "there is no such folder of game files")
    return sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
