"""One running environment behind one face, whatever makes its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from skill_arcade.domain.action import Action
from skill_arcade.domain.observation import HeldObservation, ObservationKind
from skill_arcade.domain.picture import Picture, PictureFormat
from skill_arcade.domain.sound import SoundFormat
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.action_space import ActionSpace


class Simulation(Protocol):
    """One environment, opened. Call `reset` before anything else; one episode after another may follow."""

    @property
    def picture_format(self) -> PictureFormat:
        """How to read the bytes of `picture`; never changes."""

    @property
    def sound_format(self) -> SoundFormat | None:
        """How to read the bytes of `sound`; None where the game makes none. Never changes."""

    @property
    def observation_kind(self) -> ObservationKind:
        """What `observation` gives; never changes."""

    @property
    def action_space(self) -> ActionSpace:
        """What `step` takes; never changes."""

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

    def bookmark(self) -> Callable[[], None] | None:
        """A way back to how the game stands now, right after `reset`: to be followed before the next `reset`.

        It is there for who replays one recording after another and compares. In a few games it leads somewhere else
        than beginning anew does.

        Returns:
            None where `reset` needs no such help.
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

    def draw(self, into: Picture) -> None:
        """Write what the player sees now into an array of the picture's shape: uint8, contiguous.

        Raises:
            EnvironmentFailed: see `picture`.
        """

    def sound(self) -> bytes:
        """The samples that the newest step made, as many as `sound_format` says; empty where the game makes none.

        To be asked for before the next step.
        """

    def observation(self) -> HeldObservation | None:
        """What an agent sees now: an array, or the bytes of its parts; None when that is the picture.

        The next step may reuse the array.
        """

    def state_hash(self) -> str:
        """16 hex digits that differ when the state differs: blake2b (8 bytes) over what there is to see.

        ALE: the RAM, then the picture. Others: the bytes of the observation (REC-22; none when it is the
        picture), then the picture.
        """

    def close(self) -> None:
        """Let go of what the environment holds. Nothing may be called afterwards."""
