"""Makes Gymnasium environments without the wrappers that cost time in every step or change what it does."""

from __future__ import annotations

import copy
import importlib
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from skill_arcade.games.environment import EnvironmentSpec

_OWN = {"SkillArcade": "skill_arcade.games.hanoi"}
"""The module that registers the environments of a namespace of ours."""


def find_registered(env_id: str) -> EnvSpec:
    """Gymnasium's entry of an id; "module:Name-v0" and our own namespace import what registers it.

    Raises:
        gymnasium.error.Error: there is none.
    """
    module, _, name = env_id.rpartition(":")
    module = module or _OWN.get(name.partition("/")[0], "")
    if module:
        importlib.import_module(module)
    return gymnasium.spec(name)


def make_environment(environment: EnvironmentSpec, **more_kwargs: object) -> gymnasium.Env[Any, Any]:
    """A new environment: no PassiveEnvChecker, no OrderEnforcing, no time limit but the one in `environment`.

    Wrappers that the environment's author registered with it are part of it, and stay.

    Raises:
        Exception: whatever Gymnasium or the environment raises.
    """
    registered = copy.deepcopy(find_registered(environment.env_id))
    registered.order_enforce = False
    limit = environment.max_episode_steps
    return gymnasium.make(
        registered,
        max_episode_steps=-1 if limit is None else limit,
        disable_env_checker=True,
        **{**environment.kwargs, **more_kwargs},
    )
