"""A picture of each game, painted by its own environment, in a process of its own, once."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np

from skill_arcade import __version__
from skill_arcade.dataset import encode_png
from skill_arcade.games.definition import GameDefinition

logger = logging.getLogger(__name__)

PAINTING_LIMIT_S = 60.0


class GamePictures:
    """The games' pictures as PNG, painted when they are first asked for, and kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # One at a time: opening a game costs a second of a core on which people play.
        self._lock = threading.Lock()
        self._unpaintable: set[str] = set()

    def read(self, game: GameDefinition) -> bytes:
        """The picture; a plain one in its place where the environment cannot be opened."""
        file = self._file_of(game)
        picture = _read_if_there(file)
        if picture is None:
            with self._lock:
                if not file.exists() and game.id not in self._unpaintable and not _paint(game, file):
                    self._unpaintable.add(game.id)
            picture = _read_if_there(file)
        return picture or _plain_picture(game.picture.width, game.picture.height)

    def _file_of(self, game: GameDefinition) -> Path:
        # A changed environment is another picture.
        spec = json.dumps(game.environment_spec().to_json(), sort_keys=True)
        digest = hashlib.sha256(f"{__version__} {spec}".encode()).hexdigest()[:16]
        return self._folder / f"{game.id}-{digest}.png"


def _read_if_there(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _paint(game: GameDefinition, file: Path) -> bool:
    """Let a child paint: loading a game holds the interpreter for long, and can end the process."""
    order = {"game": game.to_json(), "file": str(file)}
    command = [sys.executable, "-m", "skill_arcade.server.game_picture_child"]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            command,
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=PAINTING_LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("no picture of %s could be painted: %s", game.id, error)
        return False
    return True


def _plain_picture(width: int, height: int) -> bytes:
    """Dark, with a lighter frame: there is a game, and no picture of it."""
    rgb = np.full((height, width, 3), 40, dtype=np.uint8)
    border = max(1, min(width, height) // 40)
    rgb[border:-border, border:-border] = 20
    return encode_png(rgb)
