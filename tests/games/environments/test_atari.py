from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control.cartpole import CartPoleEnv

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.games.environments.atari import AtariSimulation
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec


def atari(game: str, **kwargs: object) -> EnvironmentSpec:
    return EnvironmentSpec.of_game(f"ALE/{game}-v5", kwargs)


@pytest.fixture(scope="module")
def breakout() -> Iterator[AtariSimulation]:
    simulation = AtariSimulation(atari("Breakout"))
    yield simulation
    simulation.close()


# Air Raid is PAL with 250 lines, and loses its colour in some frames; Amidar begins in black.
@pytest.mark.parametrize("game", ["Breakout", "AirRaid", "Amidar"])
def test_the_picture_looked_up_in_its_palette_is_exactly_the_rgb_picture_of_ale(game: str) -> None:
    simulation = AtariSimulation(atari(game))
    simulation.reset(seed=3, noop_starts=0)
    random = Random(1)
    for step in range(120):
        if step % 10 == 0:
            seen = simulation.picture_format.to_rgb(simulation.picture())
            assert np.array_equal(seen, simulation._ale.getScreenRGB())
        simulation.step(simulation.action_space.sample(random))
    simulation.close()


def test_a_picture_is_c_contiguous_bytes_of_the_format_promised(breakout: AtariSimulation) -> None:
    breakout.reset(seed=0, noop_starts=0)
    picture = breakout.picture()
    assert picture.shape == breakout.picture_format.shape == (210, 160)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous


def test_the_observation_is_the_picture(breakout: AtariSimulation) -> None:
    assert breakout.observation_kind.is_picture
    assert breakout.observation() is None  # type: ignore[func-returns-value]


def test_the_state_hash_covers_ram_then_picture(breakout: AtariSimulation) -> None:
    breakout.reset(seed=0, noop_starts=5)
    content = breakout._ale.getRAM().tobytes() + breakout.picture().tobytes()
    assert breakout.state_hash() == hashlib.blake2b(content, digest_size=8).hexdigest()


def test_a_second_episode_is_the_same_as_the_first(breakout: AtariSimulation) -> None:
    def play() -> list[str]:
        breakout.reset(seed=7, noop_starts=3)
        return [f"{breakout.step(1).reward} {breakout.state_hash()}" for _ in range(30)]

    assert play() == play()


def test_the_way_back_leads_to_the_same_game_and_its_first_picture(breakout: AtariSimulation) -> None:
    def play() -> list[bytes]:
        breakout.reset(0, 0)
        shown = [breakout.picture().tobytes()]
        for action in [1, 2, 3, 3, 0] * 30:
            breakout.step(action)
            shown.append(breakout.picture().tobytes() + breakout.state_hash().encode())
        return shown

    breakout.reset(0, 0)
    go_back = breakout.bookmark()
    assert go_back is not None
    first = play()
    go_back()
    assert play() == first
    assert breakout.bookmark() is None  # not at the beginning any more


def test_a_game_in_which_the_seed_counts_has_no_way_back() -> None:
    """It is loaded for each seed."""
    sticky = AtariSimulation(
        EnvironmentSpec.of_game("ALE/Breakout-v5", {"frameskip": 1, "repeat_action_probability": 0.25})
    )
    sticky.reset(0, 0)
    assert sticky.bookmark() is None


def test_no_op_starts_are_frames_before_the_episode(breakout: AtariSimulation) -> None:
    breakout.reset(seed=0, noop_starts=0)
    for _ in range(12):
        breakout.step(breakout.action_meanings.index("NOOP"))
    stepped = breakout.state_hash()
    breakout.reset(seed=0, noop_starts=12)
    assert breakout.state_hash() == stepped


def test_a_step_is_one_frame_unless_the_game_says_otherwise() -> None:
    single, fourfold = open_simulation(atari("Breakout")), open_simulation(atari("Breakout", frameskip=4))
    for simulation in (single, fourfold):
        simulation.reset(seed=0, noop_starts=0)
    for _ in range(4):
        single.step(1)
    fourfold.step(1)
    assert single.state_hash() == fourfold.state_hash()


def test_steps_are_those_of_gymnasiums_own_environment(breakout: AtariSimulation) -> None:
    reference = AtariSimulation(atari("Breakout"))._env
    reference.reset(seed=5)
    breakout.reset(seed=5, noop_starts=0)
    random = Random(5)
    for _ in range(200):
        action = breakout.action_space.sample(random)
        outcome = breakout.step(action)
        observation, reward, terminated, truncated, info = reference.step(action)
        assert (outcome.reward, outcome.terminated, outcome.truncated) == (reward, terminated, truncated)
        assert outcome.lives == info["lives"]
        assert np.array_equal(observation["image"], breakout.picture_format.to_rgb(breakout.picture()))


def test_breakout_has_five_lives_and_pong_has_no_such_count(breakout: AtariSimulation) -> None:
    breakout.reset(seed=0, noop_starts=0)
    assert breakout.lives() == breakout.step(0).lives == 5
    pong = open_simulation(atari("Pong"))
    pong.reset(seed=0, noop_starts=0)
    assert pong.lives() is pong.step(0).lives is None


def test_the_full_action_set_has_all_chords_and_the_minimal_one_only_what_the_game_needs() -> None:
    full = open_simulation(atari("Breakout", full_action_space=True))
    assert full.action_space.n == 18
    assert "RIGHTFIRE" in full.action_meanings
    minimal = open_simulation(atari("Breakout"))
    assert minimal.action_meanings == ("NOOP", "FIRE", "RIGHT", "LEFT")


@pytest.mark.parametrize(
    "environment",
    [
        atari("Combat"),
        atari("MazeCraze"),
        EnvironmentSpec.of_game("ALE/Breakout-v5", {"game": "joust"}),
        EnvironmentSpec.of_game("ALE/Breakout-v5", {"game": "warlords"}),
    ],
)
def test_a_rom_that_would_end_the_process_is_refused_before_it_is_loaded(
    environment: EnvironmentSpec,
) -> None:
    with pytest.raises(EnvironmentFailed, match="only two can play"):
        open_simulation(environment)


@pytest.mark.parametrize(
    ("kwargs", "named"),
    [
        ({"obs_type": "ram"}, "obs_type"),
        ({"continuous": True}, "continuous"),
        ({"frameskip": [2, 5]}, "frameskip"),
        ({"mode": 4711}, "failed"),
    ],
)
def test_arguments_that_cannot_be_played_with_are_refused(kwargs: dict[str, Any], named: str) -> None:
    with pytest.raises(EnvironmentFailed, match=named):
        open_simulation(atari("Breakout", **kwargs))


def test_a_game_that_ale_does_not_have_is_an_error_that_names_it() -> None:
    with pytest.raises(EnvironmentFailed, match="ALE/Brakeout-v5"):
        open_simulation(atari("Brakeout"))


def test_an_environment_that_is_not_of_ale_is_not_run_by_its_adapter() -> None:
    env_id = "Test/NotOfAle-v0"
    gymnasium.register(id=env_id, entry_point=lambda **kwargs: CartPoleEnv())
    with pytest.raises(EnvironmentFailed, match="not an environment of ALE"):
        open_simulation(EnvironmentSpec(env_id, {"frameskip": 1}, "atari"))


@pytest.mark.parametrize("action", [-1, 4, 1.0, [1], None, "FIRE"])
def test_an_action_that_there_is_not_is_refused(breakout: AtariSimulation, action: object) -> None:
    with pytest.raises(EnvironmentFailed, match="0 to 3"):
        breakout.step(action)  # type: ignore[arg-type]  # that is the point


def test_without_ale_an_atari_game_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skill_arcade.games.environments.atari", None)
    with pytest.raises(EnvironmentFailed, match="needs the package ale-py"):
        open_simulation(atari("Breakout"))


def test_the_face_of_a_simulation_is_complete(breakout: AtariSimulation) -> None:
    face: Simulation = breakout
    assert face.picture_format.palette is not None
