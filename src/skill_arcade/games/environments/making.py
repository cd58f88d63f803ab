"""Makes Gymnasium environments without the wrappers that cost time in every step or change what it does."""

from __future__ import annotations

import copy
import importlib
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from skill_arcade.games.environments.deadly_roms import refuse_deadly_rom
from skill_arcade.games.environments.missing_package import find_missing_package
from skill_arcade.games.environments.spec import EnvironmentSpec

_OWN = {"SkillArcade": ("skill_arcade.games.hanoi", "skill_arcade.games.tetris")}
"""The modules that register the environments of a namespace of ours."""


def find_registered(env_id: str) -> EnvSpec:
    """Gymnasium's entry of an id; "module:Name-v0" and our own namespace import what registers it.

    Raises:
        gymnasium.error.Error: there is none.
    """
    module, _, name = env_id.rpartition(":")
    for each in (module,) if module else _OWN.get(name.partition("/")[0], ()):
        importlib.import_module(each)
    return gymnasium.spec(name)


def make_environment(environment: EnvironmentSpec, **more_kwargs: object) -> gymnasium.Env[Any, Any]:
    """A new environment: no PassiveEnvChecker, no OrderEnforcing, no time limit but the one in `environment`.

    Wrappers that the environment's author registered with it are part of it, and stay.

    Raises:
        EnvironmentFailed: a package that it needs is not installed, or it would end the process.
        Exception: whatever else Gymnasium or the environment raises.
    """
    limit = environment.max_episode_steps
    # Once before the id is looked up, for those that have none; once with what was registered with it.
    refuse_deadly_rom(environment.env_id, environment.kwargs)
    try:
        registered = copy.deepcopy(find_registered(environment.env_id))
        refuse_deadly_rom(environment.env_id, {**registered.kwargs, **environment.kwargs})
        registered.order_enforce = False
        return gymnasium.make(
            registered,
            max_episode_steps=-1 if limit is None else limit,
            disable_env_checker=True,
            **{**environment.kwargs, **more_kwargs},
        )
    except (gymnasium.error.DependencyNotInstalled, ModuleNotFoundError) as error:
        missing = find_missing_package(environment.env_id, error)
        if missing is None:
            raise
        raise missing from error
