"""The cartridges of ALE: which of them an environment loads, and its fingerprint."""

from __future__ import annotations

import hashlib

from ale_py import roms

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.making import find_registered
from skill_arcade.games.environments.spec import EnvironmentSpec


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
