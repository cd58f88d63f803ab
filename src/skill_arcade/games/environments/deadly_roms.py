"""The cartridges of ALE that must never be loaded, and the one test that every environment passes before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from skill_arcade.domain.errors import EnvironmentFailed

DEADLY_ROMS = frozenset({"combat", "joust", "maze_craze", "warlords"})
"""Games for two that ALE cannot run alone: loading one ends the whole process, without an exception."""


def refuse_deadly_rom(env_id: str, kwargs: Mapping[str, object]) -> None:
    """Do nothing, unless the environment would load one of the ROMs that end the process.

    These have no id of their own in ALE, but another game's id with `game="combat"` loads them all the same, under
    whatever adapter, and so may an environment that somebody else has built on ALE's: all of them call it `game`.

    Args:
        env_id: the Gymnasium id.
        kwargs: what the environment will be made with, or a part of that.

    Raises:
        EnvironmentFailed: it would.
    """
    name = env_id.rpartition(":")[2]
    namespace, _, versioned = name.rpartition("/")
    by_id = versioned.rpartition("-v")[0] if namespace == "ALE" else ""
    for rom in DEADLY_ROMS:
        if _fold(rom) in {_fold(by_id), _fold(str(kwargs.get("game", "")))}:
            raise EnvironmentFailed(f"{env_id} would load {rom!r}, which only two can play.")


def _fold(name: str) -> str:
    """A name without what people may write differently: letter case, "_", a folder before it, ".bin" after it."""
    return PurePosixPath(name.strip().lower()).name.removesuffix(".bin").replace("_", "")
