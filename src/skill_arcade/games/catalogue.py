"""All games there are: those of game files, and those that need none. Loading them never opens an environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from skill_arcade.domain.errors import GameFileError, UnknownGame
from skill_arcade.games.atari_games import find_atari_games
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.games.file.located_yaml import LocatedYaml
from skill_arcade.games.file.reading import find_game_files, read_game_file

BUILT_IN_FOLDER = Path(__file__).parent / "definitions"
"""The games that come with Skill Arcade. With them come those of ALE that have no file."""


class Catalogue:
    """Games by id: those of files in the order of folders and, within one, of file names; then those without a file.

    Attributes:
        problems: what is wrong with games that were left out: those of installed packages, which are not for the one
            who runs the arcade to mend.
    """

    def __init__(
        self,
        games: Iterable[tuple[GameDefinition, LocatedYaml]],
        without_file: Iterable[tuple[GameDefinition, LocatedYaml]] = (),
    ) -> None:
        """Take the games in.

        Args:
            games: those of files.
            without_file: others. A file with the id of one takes its place, then or later.

        Raises:
            GameFileError: two files have the same id.
        """
        self.problems: tuple[GameFileError, ...] = ()
        self._first: tuple[str, ...] = ()
        self._games: dict[str, tuple[GameDefinition, LocatedYaml]] = {}
        self._without_file = {definition.id: (definition, source) for definition, source in without_file}
        for definition, source in games:
            self._add(definition, source)

    @classmethod
    def load(cls, folders: Iterable[Path] = (BUILT_IN_FOLDER,)) -> Catalogue:
        """Read every *.yaml and *.yml of the folders; with the built-in one come the games that need no file.

        Raises:
            GameFileError: a folder is not there, a file is wrong, or two files have the same id.
        """
        folders = tuple(folders)
        files = (read_game_file(path) for folder in folders for path in _game_files(folder))
        return cls(files, find_atari_games() if BUILT_IN_FOLDER in folders else ())

    def add_packages(self, folders: Iterable[Path | GameFileError]) -> None:
        """Take in what installed packages bring along (`find_package_folders`); what is wrong is left out, and told."""
        problems: list[GameFileError] = []
        for folder in folders:
            if isinstance(folder, GameFileError):
                problems.append(folder)
                continue
            for path in find_game_files(folder):
                try:
                    self._add(*read_game_file(path))
                except GameFileError as error:
                    problems.append(error)
        self.problems = (*self.problems, *problems)

    def put_first(self, game_ids: Iterable[str]) -> None:
        """Let these come first, in this order; those there are not are passed over."""
        self._first = tuple(game_ids)

    def get(self, game_id: str) -> GameDefinition:
        """The game with this id.

        Raises:
            UnknownGame: there is none.
        """
        return self._find(game_id)[0]

    def source_of(self, game_id: str) -> LocatedYaml:
        """Where the game with this id is written: its file, or the table that its words stand in.

        Raises:
            UnknownGame: there is none.
        """
        return self._find(game_id)[1]

    def __iter__(self) -> Iterator[GameDefinition]:
        games = self._games | self._without_file
        first = {game_id: games[game_id] for game_id in self._first if game_id in games}
        return (definition for definition, _ in (first | games).values())

    def __len__(self) -> int:
        return len(self._games) + len(self._without_file)

    def __contains__(self, game_id: object) -> bool:
        return game_id in self._games or game_id in self._without_file

    def _add(self, definition: GameDefinition, source: LocatedYaml) -> None:
        if definition.id in self._games:
            earlier = self._games[definition.id][1]
            raise source.error_at(("id",), f"{definition.id!r} is also the id of the game in {earlier.file}")
        self._games[definition.id] = (definition, source)
        self._without_file.pop(definition.id, None)

    def _find(self, game_id: str) -> tuple[GameDefinition, LocatedYaml]:
        found = self._games.get(game_id) or self._without_file.get(game_id)
        if found is None:
            raise UnknownGame(game_id)
        return found


def _game_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise GameFileError(str(folder), None, "", "there is no such folder of game files")
    return find_game_files(folder)
