"""Loads what every game needs, in a process from which game processes will be forked."""

from __future__ import annotations

import importlib
import importlib.util


def load() -> None:
    """Import Gymnasium and, where it is installed, the emulator; opens no environment and starts no thread."""
    importlib.import_module("skill_arcade.games.rendered")
    if importlib.util.find_spec("ale_py") is not None:
        importlib.import_module("skill_arcade.games.atari")
