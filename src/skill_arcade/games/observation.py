"""What an agent would be told: the observation of any space, as one array of a fixed type and shape."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import ObservationKind

_ARRAYS = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)


class ObservationReader:
    """Turns what an environment returns into arrays of one dtype and shape.

    Attributes:
        kind: the dtype and shape of every array.
    """

    def __init__(self, space: gymnasium.Space[Any], env_id: str) -> None:
        """Look at the space.

        A Dict or Tuple is flattened, Gymnasium's way (`spaces.flatten`; `spaces.unflatten` gives it back).

        Raises:
            EnvironmentFailed: the space cannot be an array of fixed shape.
        """
        self._space = space
        self._env_id = env_id
        self._flattens = not isinstance(space, _ARRAYS)
        flat = spaces.flatten_space(space) if self._flattens and space.is_np_flattenable else space
        if not isinstance(flat, _ARRAYS) or flat.shape is None:
            raise EnvironmentFailed(f"{env_id} has observations that are no array of fixed shape: {space}.")
        self.kind = ObservationKind(is_picture=False, dtype=flat.dtype.name, shape=flat.shape)

    def read(self, observation: object) -> npt.NDArray[np.generic]:
        """The observation as an array of `kind`.

        Raises:
            EnvironmentFailed: it has another shape.
        """
        raw = spaces.flatten(self._space, observation) if self._flattens else observation
        array = np.asarray(raw, dtype=self.kind.dtype)
        if array.shape != self.kind.shape:
            raise EnvironmentFailed(
                f"{self._env_id} gave an observation of shape {array.shape}, not {self.kind.shape}."
            )
        return array
