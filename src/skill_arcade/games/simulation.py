"""One running environment behind one face, whatever makes its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from skill_arcade.domain.action import Action
from skill_arcade.domain.observation import ObservationKind
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.step import Outcome


class Simulation(Protocol):
    """One environment, opened. Call `reset` before anything else; one episode after another may follow."""

    @property
    def picture_format(self) -> PictureFormat:
        """How to read the bytes of `picture`; never changes."""

    @property
    def observation_kind(self) -> ObservationKind:
        """What `observation` gives; never changes."""

    @property
    def n_actions(self) -> int:
        """How many actions there are: 0 … n_actions - 1."""

    @property
    def action_meanings(self) -> tuple[str, ...]:
        """The environment's own name of each action, by index; empty where it has none."""

    @property
    def reset_info(self) -> Mapping[str, Any]:
        """What the newest `reset` told besides the observation, the lives apart: small, JSON-able, mostly empty."""

    def reset(self, seed: int, noop_starts: int) -> None:
        """Begin an episode: `env.reset(seed=seed)`, then no-op steps, which are no steps of the episode.

        Raises:
            EnvironmentFailed: it raised, ended within the no-op steps, or no-ops are asked for and it has
                none.
        """

    def step(self, action: Action) -> Outcome:
        """Do one step.

        Raises:
            EnvironmentFailed: no such action, or the environment raised (`exit()` and KeyboardInterrupt
                included) or answered with something it must not: a reward that is not finite, say.
        """

    def lives(self) -> int | None:
        """Lives left now; None where the game has no such count."""

    def picture(self) -> Picture:
        """What the player sees now. The next step may reuse the array: copy what you keep.

        Raises:
            EnvironmentFailed: the environment raised, or its picture has changed size or type.
        """

    def observation(self) -> npt.NDArray[np.generic] | None:
        """What an agent sees now; None when that is the picture. The next step may reuse the array."""

    def state_hash(self) -> str:
        """16 hex digits that differ when the state differs: blake2b (8 bytes) over what there is to see.

        ALE: the RAM, then the picture. Others: the observation in C order, little endian (nothing when it is
        the picture), then the picture.
        """

    def close(self) -> None:
        """Let go of what the environment holds. Nothing may be called afterwards."""
