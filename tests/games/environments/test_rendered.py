from __future__ import annotations

import hashlib
import itertools
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from typing_extensions import override

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.observation import ObservationKind
from skill_arcade.domain.picture import Picture
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.rendered import StillClock, open_rendered
from skill_arcade.games.environments.spec import Adapter, EnvironmentSpec

CART_POLE = EnvironmentSpec("CartPole-v1")
Answer = tuple[float, bool, bool, dict[str, object]]


@dataclass
class Script:
    """What a staged environment does: each part is given the number of steps since the reset."""

    see: Callable[[int], object] = lambda step: np.zeros(2, np.float32)
    answer: Callable[[int], object] = lambda step: (1.0, False, False, {})
    draw: Callable[[int], object] = lambda step: np.full((4, 6, 3), step, np.uint8)
    observations: spaces.Space[Any] = field(default_factory=lambda: spaces.Box(-1, 1, (2,), np.float32))
    actions: spaces.Space[Any] = field(default_factory=lambda: spaces.Discrete(2))


class Staged(gymnasium.Env[object, object]):
    """A Gymnasium environment that follows a script."""

    def __init__(self, script: Script, render_mode: str) -> None:
        self.script, self.render_mode, self.n_steps = script, render_mode, 0
        self.observation_space, self.action_space = script.observations, script.actions

    @override
    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[object, dict[str, Any]]:
        super().reset(seed=seed)
        self.n_steps = 0
        return self.script.see(0), {}

    @override
    def step(self, action: object) -> tuple[object, float, bool, bool, dict[str, Any]]:
        self.n_steps += 1
        return (self.script.see(self.n_steps), *cast("Answer", self.script.answer(self.n_steps)))

    @override
    def render(self) -> Picture:
        return cast("Picture", self.script.draw(self.n_steps))


class Painter(Staged):
    """One that paints with a palette."""

    palette = bytes(range(256)) * 3

    def render_indices(self) -> Picture:
        return np.full((4, 6), self.n_steps, np.uint8)


_numbers = itertools.count()


def stage(
    script: Script | None = None,
    kind: type[Staged] = Staged,
    adapter: Adapter = "auto",
    max_episode_steps: int | None = None,
) -> EnvironmentSpec:
    """Register a new environment that follows the script, with a time limit of three steps."""

    def make(**kwargs: str) -> Staged:
        return kind(script or Script(), kwargs["render_mode"])

    env_id = f"Test/Staged{next(_numbers)}-v0"
    gymnasium.register(id=env_id, entry_point=make, max_episode_steps=3)
    return EnvironmentSpec(env_id, {}, adapter, max_episode_steps)


def test_cart_pole_gives_its_vector_and_an_rgb_picture() -> None:
    simulation = open_simulation(CART_POLE)
    simulation.reset(seed=1, noop_starts=0)
    assert simulation.observation_kind == ObservationKind(is_picture=False, dtype="float32", shape=(4,))
    picture, observation = simulation.picture(), simulation.observation()
    assert picture.shape == simulation.picture_format.shape == (400, 600, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert isinstance(observation, np.ndarray)
    expected = hashlib.blake2b(observation.astype("<f4").tobytes() + picture.tobytes(), digest_size=8)
    assert simulation.state_hash() == expected.hexdigest()


def test_what_reset_tells_is_kept_but_for_what_has_its_own_place() -> None:
    simulation = open_simulation(EnvironmentSpec("SkillArcade/Hanoi-v0", {"discs": 4}))
    simulation.reset(seed=0, noop_starts=0)
    assert simulation.reset_info == {"optimum": 15}


def test_the_registered_time_limit_is_off_and_that_of_the_spec_is_on() -> None:
    endless = open_simulation(stage())
    endless.reset(seed=0, noop_starts=0)
    assert not any(endless.step(0).ended for _ in range(10))
    limited = open_simulation(stage(max_episode_steps=5))
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


def leave(step: int) -> object:
    sys.exit(3)


def interrupt(step: int) -> object:
    raise KeyboardInterrupt


class GivesUp(BaseException):
    """As some libraries have them, so that nobody catches them."""


def give_up(step: int) -> object:
    raise GivesUp("enough")


def fail(step: int) -> object:
    raise ZeroDivisionError("of its own")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (Script(answer=leave), "SystemExit"),
        (Script(answer=interrupt), "KeyboardInterrupt"),
        (Script(answer=fail), "ZeroDivisionError: of its own"),
        (Script(answer=give_up), "GivesUp: enough"),
        (Script(answer=lambda step: (math.nan, False, False, {})), "nan as its reward"),
        (Script(answer=lambda step: (None, False, False, {})), "None as its reward"),
        (Script(answer=lambda step: (0.0, False)), "ValueError"),
        (Script(see=lambda step: np.zeros(2 + step, np.float32)), "observation of shape"),
        (Script(see=lambda step: np.full(2, step / 10, np.float64 if step else np.float32)), "cannot hold exactly"),
    ],
)
def test_whatever_a_step_does_wrong_is_an_environment_that_failed(script: Script, told: str) -> None:
    simulation = open_simulation(stage(script))
    simulation.reset(seed=0, noop_starts=0)
    with pytest.raises(EnvironmentFailed, match=told):
        simulation.step(0)


@pytest.mark.parametrize(
    "script",
    [
        Script(draw=lambda step: np.zeros((4, 6 + step, 3), np.uint8)),
        Script(draw=lambda step: np.zeros((4, 6, 3), np.float64 if step else np.uint8)),
    ],
)
def test_a_picture_that_changes_its_size_or_type_is_an_environment_that_failed(script: Script) -> None:
    simulation = open_simulation(stage(script))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(0)
    with pytest.raises(EnvironmentFailed, match="gave a picture"):
        simulation.picture()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (Script(actions=spaces.Text(3)), "keys and mouse can play Discrete, MultiDiscrete, MultiBinary and Box"),
        (Script(actions=spaces.Dict({"steer": spaces.Box(-1, 1, (1,))})), "has the actions Dict"),
        (Script(observations=spaces.Box(-1, 1, (2,), np.longdouble)), "no recording can hold"),
        (Script(observations=spaces.Text(3)), "no value of the space Text"),
        (Script(draw=lambda step: None), "no picture"),
    ],
)
def test_an_environment_that_cannot_be_played_here_is_refused_when_it_is_opened(script: Script, told: str) -> None:
    with pytest.raises(EnvironmentFailed, match=told):
        open_simulation(stage(script))


def test_an_environment_that_nobody_registered_is_an_error_that_names_it() -> None:
    with pytest.raises(EnvironmentFailed, match="NoSuch-v0"):
        open_simulation(EnvironmentSpec("NoSuch-v0"))


def test_an_observation_that_is_the_picture_is_kept_once() -> None:
    script = Script(
        observations=spaces.Box(0, 255, (4, 6, 3), np.uint8),
        see=lambda step: np.full((4, 6, 3), step, np.uint8),
    )
    simulation = open_simulation(stage(script))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(0)
    assert simulation.observation_kind == ObservationKind(is_picture=True)
    assert simulation.observation() is None
    assert (simulation.picture() == 1).all()


def test_an_environment_that_paints_with_a_palette_is_asked_for_indices() -> None:
    simulation = open_simulation(stage(kind=Painter))
    simulation.reset(seed=0, noop_starts=0)
    assert simulation.picture_format.palette == Painter.palette
    assert simulation.picture().shape == (4, 6)


def test_a_game_may_ask_for_its_rgb_picture_all_the_same() -> None:
    assert open_simulation(stage(kind=Painter, adapter="rendered")).picture_format.pixels == "rgb24"


def test_painting_is_refused_where_there_is_no_painter() -> None:
    with pytest.raises(EnvironmentFailed, match="render_indices"):
        open_simulation(stage(adapter="painted"))


def test_an_observation_of_several_parts_is_their_bytes_and_so_is_what_is_hashed() -> None:
    """REC-22, REC-23."""
    script = Script(
        observations=spaces.Dict({"a": spaces.Box(0, 9, (2,), np.float32), "b": spaces.Text(3)}),
        see=lambda step: {"a": np.array([5, 6], np.float32), "b": "x" * step},
    )
    simulation = open_simulation(stage(script))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(0)
    by_hand = np.array([5, 6], "<f4").tobytes() + b'\x03\x00\x00\x00"x"'
    assert simulation.observation() == by_hand
    hashed = hashlib.blake2b(by_hand + simulation.picture().tobytes(), digest_size=8)
    assert simulation.state_hash() == hashed.hexdigest()


def test_floats_that_are_longer_than_the_space_says_are_kept_in_full() -> None:
    """REC-22."""
    simulation = open_simulation(stage(Script(see=lambda step: np.full(2, step / 10))))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(0)
    assert simulation.observation_kind.dtype == "float64"
    observation = simulation.observation()
    assert isinstance(observation, np.ndarray)
    assert observation.tolist() == [0.1, 0.1]


def test_an_outcome_holds_plain_values_and_names_what_it_could_not_keep() -> None:
    info = {"lives": np.int64(2), "invalid": True, "level": np.float32(1.5), "self": object()}
    script = Script(answer=lambda step: (np.float64(0.5), np.bool_(1), np.bool_(0), info))
    simulation = open_simulation(stage(script))
    simulation.reset(seed=0, noop_starts=0)
    outcome = simulation.step(1)
    assert (outcome.reward, outcome.terminated, outcome.truncated) == (0.5, True, False)
    assert (outcome.lives, simulation.lives(), outcome.invalid) == (2, 2, True)
    assert outcome.info == {"level": 1.5, "not_recorded": ["self"]}


def test_a_picture_is_drawn_once_a_step() -> None:
    simulation = open_simulation(CART_POLE)
    simulation.reset(seed=0, noop_starts=0)
    assert simulation.picture() is simulation.picture()


class Echo(Staged):
    """Its reward is what it was given, added up; and it counts its resets in the picture."""

    n_resets = 0

    @override
    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[object, dict[str, Any]]:
        self.n_resets += 1
        return super().reset(seed=seed, options=options)

    @override
    def step(self, action: object) -> tuple[object, float, bool, bool, dict[str, Any]]:
        seen, _, terminated, truncated, info = super().step(action)
        told = {"dtype": action.dtype.name, "shape": action.shape} if isinstance(action, np.ndarray) else {}
        return seen, float(np.sum(cast("Any", action))), terminated, truncated, {**info, **told}

    @override
    def render(self) -> Picture:
        return np.full((4, 6, 3), self.n_resets, np.uint8)


def test_every_episode_has_a_copy_of_the_environment_of_its_own() -> None:
    simulation = open_simulation(stage(kind=Echo))
    for _ in range(3):
        simulation.reset(seed=1, noop_starts=0)
        assert (simulation.picture() == 1).all(), "reset once, and never before"


def test_the_environment_is_given_its_own_number_of_an_action() -> None:
    """LIVE-38."""
    simulation = open_simulation(stage(Script(actions=spaces.Discrete(3, start=5)), kind=Echo))
    simulation.reset(seed=0, noop_starts=0)
    assert [simulation.step(index).reward for index in range(3)] == [5, 6, 7]
    with pytest.raises(EnvironmentFailed, match="takes a number from 0 to 2; 3 is none"):
        simulation.step(3)


@pytest.mark.parametrize(
    ("space", "action", "dtype", "shape"),
    [
        (spaces.MultiBinary(3), (1, 0, 1), "int8", [3]),
        (spaces.MultiDiscrete(np.array([[3], [4]])), (2, 0), "int64", [2, 1]),
        (spaces.Box(-1, 1, (2,), np.float64), (0.5, 1.5 - 0.5), "float64", [2]),
    ],
)
def test_the_environment_is_given_an_array_of_its_own_type_and_shape(
    space: spaces.Space[Any], action: tuple[float, ...], dtype: str, shape: list[int]
) -> None:
    simulation = open_simulation(stage(Script(actions=space), kind=Echo))
    simulation.reset(seed=0, noop_starts=0)
    outcome = simulation.step(action)
    assert outcome.reward == sum(action)
    assert outcome.info == {"dtype": dtype, "shape": shape}


def test_no_environment_gets_a_clock_of_sdls_also_one_that_looks_for_it_late() -> None:
    """A clock of SDL's starts a thread, and what has threads cannot be forked."""
    for env_id in ("CartPole-v1", "Blackjack-v1"):
        simulation = open_rendered(EnvironmentSpec(env_id))
        simulation.reset(seed=0, noop_starts=0)
        simulation.picture()
        assert isinstance(simulation._env.unwrapped.clock, StillClock)  # type: ignore[attr-defined]  # it is there
