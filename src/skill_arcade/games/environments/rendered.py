"""Runs any Gymnasium environment that can draw itself and whose actions keys and mouse can play."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from skill_arcade.domain.action import Action
from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import HeldObservation, ObservationKind
from skill_arcade.domain.picture import Picture
from skill_arcade.domain.step import Outcome
from skill_arcade.games.environments.answer import parse_answer, parse_info, parse_lives
from skill_arcade.games.environments.guard import Guard
from skill_arcade.games.environments.gymnasium_actions import read_action_space
from skill_arcade.games.environments.making import make_environment
from skill_arcade.games.environments.observation import ObservationReader
from skill_arcade.games.environments.picture_source import (
    ObservedPicture,
    PaintedPicture,
    PalettePainter,
    PictureSource,
    RenderedPicture,
)
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.environments.state_hash import compute_state_hash

NO_WINDOW = {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}
"""For environments that draw with pygame: no connection to a screen or a sound card, and no banner."""


class StillClock:
    """Stands in for `pygame.time.Clock`, which starts a thread of SDL's when it is made.

    Environments make one when they first render, but tick it only to slow a window down. Here it never waits.
    """

    def tick(self, framerate: float = 0) -> int:
        """No time has passed."""
        return 0

    def get_fps(self) -> float:
        """No frames are counted."""
        return 0.0


class GymnasiumSimulation:
    """A Simulation of a Gymnasium environment.

    Every episode has a copy of its own. There are environments that keep something over a reset (a world of Box2D, how
    far a picture has been drawn): with one copy for all, the same seed and actions would lead elsewhere in the second
    episode than in the first.
    """

    sound_format = None

    def __init__(
        self,
        environment: EnvironmentSpec,
        env: gymnasium.Env[Any, Any],
        source: PictureSource,
        reader: ObservationReader,
    ) -> None:
        self._environment = environment
        self._env = env
        self._env_id = env_id = environment.env_id
        self._guard = Guard(env_id)
        self._source = source
        self._reader = reader
        self.picture_format = source.picture_format
        is_picture = isinstance(source, ObservedPicture)
        self.observation_kind = ObservationKind(is_picture=True) if is_picture else reader.kind
        self.action_meanings = _action_meanings(env)
        self.action_space = read_action_space(env.action_space, env_id)
        self._observation: HeldObservation = b""
        self._picture: Picture | None = None
        self._lives: int | None = None
        self.reset_info: Mapping[str, Any] = {}

    def reset(self, seed: int, noop_starts: int) -> None:
        """Make a new copy and reset it, then do the no-op steps, if the environment has an action named NOOP."""
        with self._guard:
            self._env.close()
            self._env = _make(self._environment)
            self._source.turn_to(self._env)
            observation, info = self._env.reset(seed=seed)
            self._see(observation, parse_lives(info))
            self.reset_info = parse_info(info)
        for _ in range(noop_starts):
            if self.step(self._noop()).ended:
                raise EnvironmentFailed(f"{self._env_id} ended within its {noop_starts} no-op steps.")

    def bookmark(self) -> None:
        """None: `reset` makes a new copy of the environment."""

    def step(self, action: Action) -> Outcome:
        """One step."""
        chosen = self.action_space.to_environment(action)
        with self._guard:
            observation, reward, terminated, truncated, info = self._env.step(chosen)
            outcome = parse_answer(self._env_id, reward, terminated, truncated, info)
            self._see(observation, outcome.lives)
        return outcome

    def lives(self) -> int | None:
        """Lives, as the newest `info` told."""
        return self._lives

    def picture(self) -> Picture:
        """The picture; drawn once a step, when it is first asked for."""
        if self._picture is None:
            with self._guard:
                self._picture = self._source.read(self._observation)
        return self._picture

    def draw(self, into: Picture) -> None:
        """The same, copied."""
        into[...] = self.picture()

    def sound(self) -> bytes:
        """Nothing: Gymnasium knows no sound."""
        return b""

    def observation(self) -> HeldObservation | None:
        """The observation, None where it is the picture."""
        return None if self.observation_kind.is_picture else self._observation

    def state_hash(self) -> str:
        """The hash over observation and picture."""
        return compute_state_hash(self.observation(), self.picture())

    def close(self) -> None:
        """Close the environment."""
        with self._guard:
            self._env.close()

    def _see(self, observation: object, lives: int | None) -> None:
        self._observation = self._reader.read(observation)
        self._picture = None
        self._lives = lives

    def _noop(self) -> int:
        if "NOOP" not in self.action_meanings:
            raise EnvironmentFailed(f"{self._env_id} names no NOOP action, so it cannot start with no-op steps.")
        return self.action_meanings.index("NOOP")


def open_rendered(environment: EnvironmentSpec) -> GymnasiumSimulation:
    """Make the environment and draw it once, to learn the size of its picture.

    Raises:
        EnvironmentFailed: there is no such environment, it raised, it cannot draw itself, or its actions are
            of a kind that cannot be played.
    """
    for name, value in NO_WINDOW.items():
        os.environ.setdefault(name, value)
    env_id = environment.env_id
    with Guard(env_id):
        env = _make(environment)
        read_action_space(env.action_space, env_id)
        observation, _ = env.reset(seed=0)
        reader = ObservationReader(env.observation_space, env_id, observation)
        source = _choose_source(env, environment, reader.read(observation))
        return GymnasiumSimulation(environment, env, source, reader)


def _make(environment: EnvironmentSpec) -> gymnasium.Env[Any, Any]:
    env = make_environment(environment, render_mode="rgb_array")
    if getattr(env.unwrapped, "clock", None) is None:
        # Some have none yet, others not even its name: they look for it when they first render.
        env.unwrapped.clock = StillClock()  # type: ignore[attr-defined]  # no environment has to have one
    return env


def _choose_source(
    env: gymnasium.Env[Any, Any], environment: EnvironmentSpec, observation: HeldObservation
) -> PictureSource:
    painter: object = env.unwrapped
    if environment.adapter != "rendered" and isinstance(painter, PalettePainter):
        return PaintedPicture(painter, environment.env_id)
    if environment.adapter == "painted":
        raise EnvironmentFailed(f"{environment.env_id} has no palette and render_indices() to paint with.")
    rendered = RenderedPicture(env, environment.env_id)
    can_be_picture = isinstance(observation, np.ndarray) and observation.dtype == np.uint8
    if can_be_picture and np.array_equal(observation, rendered.read(observation)):
        return ObservedPicture(rendered.picture_format, environment.env_id)
    return rendered


def _action_meanings(env: gymnasium.Env[Any, Any]) -> tuple[str, ...]:
    ask = getattr(env.unwrapped, "get_action_meanings", None)
    return tuple(str(meaning) for meaning in ask()) if callable(ask) else ()
