"""What an environment was made of: the versions and the ROM that a recording names."""

from __future__ import annotations

import importlib
import platform

from skill_arcade import __version__
from skill_arcade.games.environments.distributions import find_distributions, read_version
from skill_arcade.games.environments.guard import Guard
from skill_arcade.games.environments.making import find_registered
from skill_arcade.games.environments.spec import EnvironmentSpec

_PAINTERS = ("pygame-ce", "pygame")
"""Distributions that draw the pictures of many environments: another version may draw other pixels."""

_ENGINES = {"gymnasium.envs.box2d": ("box2d", "box2d-py"), "gymnasium.envs.mujoco": ("mujoco",)}
"""Distributions that Gymnasium's own environments reckon with, by the package that these are in."""


def packages_of(environment: EnvironmentSpec) -> dict[str, str]:
    """The versions of all that decides what the environment does and shows: distribution name to version.

    Raises:
        EnvironmentFailed: there is no such environment.
    """
    with Guard(environment.env_id):
        _register(environment)
        entry = find_registered(environment.env_id).entry_point
    module = entry.partition(":")[0] if isinstance(entry, str) else getattr(entry, "__module__", "")
    is_ours = module.startswith("skill_arcade.")
    names = {"numpy", "gymnasium", *(() if is_ours else find_distributions(module))}
    names.update(*(engines for package, engines in _ENGINES.items() if module.startswith(package)))
    if environment.adapter != "atari" and not is_ours:
        names.update(_PAINTERS)
    found = {name: version for name in sorted(names) if (version := read_version(name)) is not None}
    return {"python": platform.python_version(), "skill-arcade": __version__, **found}


def rom_md5(environment: EnvironmentSpec) -> str | None:
    """32 hex digits of the ROM file; None for an environment without one.

    Raises:
        EnvironmentFailed: ALE has no such ROM.
    """
    if environment.adapter != "atari":
        return None
    with Guard(environment.env_id):
        _register(environment)
        from skill_arcade.games.environments.roms import read_rom_md5  # noqa: PLC0415  # CartPole loads no emulator

        return read_rom_md5(environment)


def _register(environment: EnvironmentSpec) -> None:
    if environment.adapter == "atari":
        importlib.import_module("skill_arcade.games.environments.atari")  # only then ALE's ids are registered
