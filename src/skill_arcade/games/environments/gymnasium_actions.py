"""Which of Gymnasium's action spaces can be played, and what they are here."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.action_space import ActionSpace, DiscreteActions, VectorActions


def read_action_space(space: gymnasium.Space[Any], env_id: str) -> ActionSpace:
    """The actions of an environment.

    Raises:
        EnvironmentFailed: they are of a kind that keys and mouse cannot play.
    """
    if isinstance(space, spaces.Discrete):
        return DiscreteActions(env_id, int(space.n), int(space.start))
    if isinstance(space, spaces.MultiDiscrete):
        return VectorActions(env_id, space.start, space.start + space.nvec - 1)
    if isinstance(space, spaces.MultiBinary):
        zeros = np.zeros(space.shape, space.dtype)
        return VectorActions(env_id, zeros, zeros + 1)
    if isinstance(space, spaces.Box):
        return VectorActions(env_id, space.low, space.high)
    raise EnvironmentFailed(
        f"{env_id} has the actions {space}; keys and mouse can play Discrete, MultiDiscrete, MultiBinary and Box."
    )
