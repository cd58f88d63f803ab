"""Loads what every game needs, in a process from which game processes will be forked."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Final

from skill_arcade.games.environments.distributions import find_distributions

ENVIRONMENT: Final = {
    # One thread each: a fork copies one, and sixty sessions with a pool of BLAS threads each would fight for cores.
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "SDL_VIDEODRIVER": "dummy",
    "SDL_AUDIODRIVER": "dummy",
}
"""Environment variables of a process that calls `load` and forks."""


def load() -> None:
    """Import Gymnasium and, where it is installed, the emulator, and look up what of all is installed.

    It opens no environment and starts no thread.
    """
    importlib.import_module("skill_arcade.games.environments.rendered")
    if importlib.util.find_spec("ale_py") is not None:
        importlib.import_module("skill_arcade.games.environments.atari")
    # Takes a tenth of a second, and the answer is kept: every game asks for the versions that its recordings name.
    find_distributions("gymnasium")
