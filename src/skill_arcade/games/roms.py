"""The cartridges of ALE: which an environment loads, its fingerprint, and those never to be loaded."""

from __future__ import annotations

import hashlib

from ale_py import roms

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environment import EnvironmentSpec
from skill_arcade.games.making import find_registered

DEADLY_ROMS = frozenset({"combat", "joust", "maze_craze", "warlords"})
"""Games for two that ALE cannot run alone: loading one ends the whole process, without an exception."""


def refuse_deadly_rom(environment: EnvironmentSpec) -> None:
    """Do nothing, unless the environment would load one of the ROMs that end the process.

    Raises:
        EnvironmentFailed: it would.
    """
    # These have no id of their own in ALE, but another game's id with game="combat" loads them all the same.
    by_id = environment.env_id.rpartition("/")[2].rpartition("-v")[0].lower()
    named = str(environment.kwargs.get("game", "")).lower()
    for rom in DEADLY_ROMS:
        if rom in {named, named.removesuffix(".bin")} or rom.replace("_", "") == by_id:
            raise EnvironmentFailed(f"{environment.env_id} would load {rom!r}, which only two can play.")


def rom_of(environment: EnvironmentSpec) -> str:
    """The name of the ROM, "breakout" say.

    Raises:
        gymnasium.error.Error: there is no such environment.
    """
    registered = find_registered(environment.env_id)
    return str({**registered.kwargs, **environment.kwargs}["game"])


def read_rom_md5(environment: EnvironmentSpec) -> str:
    """32 hex digits of the ROM file that the environment loads.

    Raises:
        EnvironmentFailed: ALE has no such ROM.
    """
    path = roms.get_rom_path(rom_of(environment))
    if path is None:
        raise EnvironmentFailed(f"ALE has no ROM for {environment.env_id}.")
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
