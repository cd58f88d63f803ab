"""What the examiner found out about each game, and its picture: two small files for each game, in a folder.

Their names hold a digest of all that decides what they say, so that nothing old is ever taken for today's.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pydantic import TypeAdapter

from skill_arcade import __version__
from skill_arcade.games.environments.distributions import find_distributions, read_version
from skill_arcade.games.file.definition import GameDefinition

PACKAGES = ("ale-py", "box2d", "box2d-py", "gymnasium", "mujoco", "numpy", "pygame", "pygame-ce")
"""Another version of one of these, or of the package that a game's environment is in, may paint other pictures."""

PLUGINS = "gymnasium.envs"
"""The group of entry points of packages whose environments Gymnasium knows without a module in their ids."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether a game can be played here.

    Attributes:
        problem: why it cannot, in one sentence; None if it can.
        step_us: microseconds that a quick step takes, its picture included; None where no step was done.
    """

    problem: str | None
    step_us: float | None = None


_CONDITION = TypeAdapter(Condition)


class GameConditions:
    """Conditions and pictures of some games, in a folder that may be deleted at any time."""

    def __init__(self, folder: Path, games: Iterable[GameDefinition]) -> None:
        self._folder = folder
        versions = f"{__version__} {_read_versions(_find_shared())}"
        self._stems = {game.id: f"{game.id}-{_compute_digest(game, versions)}" for game in games}

    def read_condition(self, game_id: str) -> Condition | None:
        """The game's condition; None while nobody has examined it."""
        try:
            return _CONDITION.validate_json(self._file(game_id, "json").read_bytes())
        except (OSError, ValueError):
            return None  # not there, or not ours: it will be made anew

    def read_picture(self, game_id: str) -> bytes | None:
        """The game's picture as PNG; None while there is none."""
        try:
            return self._file(game_id, "png").read_bytes()
        except OSError:
            return None

    def write_condition(self, game_id: str, condition: Condition) -> None:
        """Keep a condition, in one step."""
        self._write(self._file(game_id, "json"), _CONDITION.dump_json(condition))

    def write_picture(self, game_id: str, png: bytes) -> None:
        """Keep a picture, in one step."""
        self._write(self._file(game_id, "png"), png)

    def read_stamp(self) -> int:
        """A number that is another one when something in the folder may have changed."""
        try:
            return self._folder.stat().st_mtime_ns
        except OSError:
            return 0

    def remove_others(self) -> None:
        """Remove what belongs to no game as it is now."""
        own = set(self._stems.values())
        for file in self._folder.glob("*"):
            if file.stem not in own:
                file.unlink(missing_ok=True)

    def _file(self, game_id: str, suffix: str) -> Path:
        return self._folder / f"{self._stems[game_id]}.{suffix}"

    def _write(self, file: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}.{os.getpid()}")
        unfinished.write_bytes(content)
        unfinished.rename(file)


def _compute_digest(game: GameDefinition, versions: str) -> str:
    definition = json.dumps(game.to_json(), sort_keys=True)
    module, _, _ = game.environment.id.rpartition(":")
    own = _read_versions(find_distributions(module)) if module else ""
    return hashlib.sha256(f"{versions} {own}\n{definition}".encode()).hexdigest()[:16]


def _find_shared() -> list[str]:
    """The distributions that may decide over any game."""
    plugins = {entry.dist.name for entry in metadata.entry_points(group=PLUGINS) if entry.dist is not None}
    return [*PACKAGES, *sorted(plugins)]


def _read_versions(distributions: Iterable[str]) -> str:
    return " ".join(f"{name}={read_version(name)}" for name in distributions)
