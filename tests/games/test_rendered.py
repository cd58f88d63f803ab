from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.picture import Picture
from skill_arcade.games.environment import EnvironmentSpec
from skill_arcade.games.simulation import ObservationKind, open_simulation

CART_POLE = EnvironmentSpec("CartPole-v1")


class Plain(gymnasium.Env[Any, Any]):
    """A small environment whose parts a test replaces."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012
    observation_space: spaces.Space[Any] = spaces.Box(-1, 1, (2,), np.float32)
    action_space: spaces.Space[Any] = spaces.Discrete(2)

    def __init__(self, render_mode: str | None = None) -> None:
        self.render_mode = render_mode
        self.n_steps = 0

    def see(self) -> Any:
        return np.zeros(2, np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.n_steps = 0
        return self.see(), {}

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        self.n_steps += 1
        return self.see(), 1.0, False, False, {}

    def render(self) -> Any:
        return np.full((4, 6, 3), self.n_steps, np.uint8)


def spec_of(kind: Callable[..., Plain], **fields: Any) -> EnvironmentSpec:
    """Register an environment for as long as the tests run."""
    env_id = f"Test/{kind.__name__}-v0"
    if env_id not in gymnasium.registry:
        gymnasium.register(id=env_id, entry_point=kind, max_episode_steps=3)
    return EnvironmentSpec(env_id, **fields)


def test_cart_pole_gives_its_vector_and_an_rgb_picture() -> None:
    simulation = open_simulation(CART_POLE)
    simulation.reset(seed=1, noop_starts=0)
    assert simulation.observation_kind == ObservationKind(is_picture=False, dtype="float32", shape=(4,))
    picture, observation = simulation.picture(), simulation.observation()
    assert (picture.shape, picture.dtype, picture.flags.c_contiguous) == ((400, 600, 3), np.uint8, True)
    assert simulation.picture_format.shape == picture.shape
    assert observation is not None
    expected = hashlib.blake2b(observation.astype("<f4").tobytes() + picture.tobytes(), digest_size=8)
    assert simulation.state_hash() == expected.hexdigest()


def test_the_registered_time_limit_is_off_and_that_of_the_spec_is_on() -> None:
    endless = open_simulation(spec_of(Plain))
    endless.reset(seed=0, noop_starts=0)
    assert not any(endless.step(0).ended for _ in range(10))
    limited = open_simulation(spec_of(Plain, max_episode_steps=5))
    limited.reset(seed=0, noop_starts=0)
    assert [limited.step(0).truncated for _ in range(5)] == [False] * 4 + [True]


def test_the_seed_decides_where_cart_pole_begins() -> None:
    simulation = open_simulation(CART_POLE)

    def start(seed: int) -> str:
        simulation.reset(seed=seed, noop_starts=0)
        return simulation.state_hash()

    assert start(1) == start(1) != start(2)


def test_no_op_starts_need_an_action_named_noop() -> None:
    simulation = open_simulation(CART_POLE)
    with pytest.raises(EnvironmentFailed, match="names no NOOP"):
        simulation.reset(seed=1, noop_starts=1)


class Leaves(Plain):
    def step(self, action: Any) -> Any:
        sys.exit(3)


class Interrupts(Plain):
    def step(self, action: Any) -> Any:
        raise KeyboardInterrupt


class Raises(Plain):
    def step(self, action: Any) -> Any:
        raise ZeroDivisionError("of its own")


class GivesNan(Plain):
    def step(self, action: Any) -> Any:
        return self.see(), math.nan, False, False, {}


class GivesNoNumber(Plain):
    def step(self, action: Any) -> Any:
        return self.see(), None, False, False, {}


class GivesTooLittle(Plain):
    def step(self, action: Any) -> Any:
        return self.see(), 0.0, False


class ChangesItsObservation(Plain):
    def see(self) -> Any:
        return np.zeros(2 + self.n_steps, np.float32)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Leaves, "SystemExit"),
        (Interrupts, "KeyboardInterrupt"),
        (Raises, "ZeroDivisionError: of its own"),
        (GivesNan, "nan as its reward"),
        (GivesNoNumber, "None as its reward"),
        (GivesTooLittle, "ValueError"),
        (ChangesItsObservation, "observation of shape"),
    ],
)
def test_whatever_a_step_does_wrong_is_an_environment_that_failed(kind: type[Plain], told: str) -> None:
    simulation = open_simulation(spec_of(kind))
    simulation.reset(seed=0, noop_starts=0)
    with pytest.raises(EnvironmentFailed, match=told):
        simulation.step(0)


class GrowsItsPicture(Plain):
    def render(self) -> Any:
        return np.zeros((4, 6 + self.n_steps, 3), np.uint8)


class DrawsFloats(Plain):
    def render(self) -> Any:
        return np.zeros((4, 6, 3), np.float64 if self.n_steps else np.uint8)


@pytest.mark.parametrize("kind", [GrowsItsPicture, DrawsFloats])
def test_a_picture_that_changes_its_size_or_type_is_an_environment_that_failed(kind: type[Plain]) -> None:
    simulation = open_simulation(spec_of(kind))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(0)
    with pytest.raises(EnvironmentFailed, match="gave a picture"):
        simulation.picture()


class Steers(Plain):
    action_space = spaces.Box(-1, 1, (1,))


class CountsFromOne(Plain):
    action_space = spaces.Discrete(3, start=1)


class TellsStories(Plain):
    observation_space = spaces.Sequence(spaces.Discrete(2))


class CannotDraw(Plain):
    def render(self) -> Any:
        return None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Steers, "only Discrete"),
        (CountsFromOne, "only Discrete"),
        (TellsStories, "no array"),
        (CannotDraw, "no picture"),
    ],
)
def test_an_environment_that_cannot_be_played_here_is_refused_when_it_is_opened(
    kind: type[Plain], told: str
) -> None:
    with pytest.raises(EnvironmentFailed, match=told):
        open_simulation(spec_of(kind))


def test_an_environment_that_nobody_registered_is_an_error_that_names_it() -> None:
    with pytest.raises(EnvironmentFailed, match="NoSuch-v0"):
        open_simulation(EnvironmentSpec("NoSuch-v0"))


class SeesItsPicture(Plain):
    observation_space = spaces.Box(0, 255, (4, 6, 3), np.uint8)

    def see(self) -> Any:
        return np.full((4, 6, 3), self.n_steps, np.uint8)


def test_an_observation_that_is_the_picture_is_kept_once() -> None:
    simulation = open_simulation(spec_of(SeesItsPicture))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(0)
    assert simulation.observation_kind == ObservationKind(is_picture=True)
    assert simulation.observation() is None
    assert (simulation.picture() == 1).all()


class Paints(Plain):
    palette = bytes(range(256)) * 3

    def render_indices(self) -> Picture:
        return np.full((4, 6), self.n_steps, np.uint8)


def test_an_environment_that_paints_with_a_palette_is_asked_for_indices() -> None:
    simulation = open_simulation(spec_of(Paints))
    simulation.reset(seed=0, noop_starts=0)
    assert simulation.picture_format.palette == Paints.palette
    assert simulation.picture().shape == (4, 6)


def test_a_game_may_ask_for_its_rgb_picture_all_the_same() -> None:
    assert open_simulation(spec_of(Paints, adapter="rendered")).picture_format.pixels == "rgb24"


def test_painting_is_refused_where_there_is_no_painter() -> None:
    with pytest.raises(EnvironmentFailed, match="render_indices"):
        open_simulation(spec_of(Plain, adapter="painted"))


class SeesManyThings(Plain):
    observation_space = spaces.Dict({"a": spaces.Box(0, 9, (2,), np.float32), "b": spaces.Discrete(3)})

    def see(self) -> Any:
        return {"a": np.array([5, 6], np.float32), "b": 2}


def test_an_observation_of_several_parts_is_one_flat_vector() -> None:
    simulation = open_simulation(spec_of(SeesManyThings))
    simulation.reset(seed=0, noop_starts=0)
    observation = simulation.observation()
    assert observation is not None
    assert observation.tolist() == [5, 6, 0, 0, 1]


class CountsLives(Plain):
    def step(self, action: Any) -> Any:
        info = {"lives": np.int64(2), "invalid": True, "level": np.float32(1.5), "self": self}
        return self.see(), np.float64(0.5), np.bool_(1), np.bool_(0), info


def test_an_outcome_holds_plain_values_and_names_what_it_could_not_keep() -> None:
    simulation = open_simulation(spec_of(CountsLives))
    simulation.reset(seed=0, noop_starts=0)
    outcome = simulation.step(1)
    assert (outcome.reward, outcome.terminated, outcome.truncated) == (0.5, True, False)
    assert (outcome.lives, simulation.lives(), outcome.invalid) == (2, 2, True)
    assert outcome.info == {"level": 1.5, "not_recorded": ["self"]}


def test_a_picture_is_drawn_once_a_step() -> None:
    simulation = open_simulation(CART_POLE)
    simulation.reset(seed=0, noop_starts=0)
    assert simulation.picture() is simulation.picture()
