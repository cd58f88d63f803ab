"""Sound of the simulations: that of ALE, the same at every replay, and at no cost to what is recorded."""

from __future__ import annotations

from random import Random

import pytest
from ale_py.env import AtariEnv

from skill_arcade.domain.errors import EnvironmentFailed
from skill_arcade.domain.sound import SILENCE
from skill_arcade.games.environments.atari import AtariSimulation
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.games.environments.state_hash import compute_state_hash

GAMES = ("Breakout", "Pong", "Seaquest")
ROMS = {"Breakout": "breakout", "Pong": "pong", "Seaquest": "seaquest"}
N_STEPS = 400
"""Enough for a ball to be served and to bounce."""


def atari(game: str, **kwargs: object) -> EnvironmentSpec:
    return EnvironmentSpec.of_game(f"ALE/{game}-v5", kwargs)


def actions_of(simulation: AtariSimulation, n_steps: int = N_STEPS) -> list[int]:
    """A made-up player: a new action every eight steps."""
    random = Random(3)
    chosen = [random.randrange(len(simulation.action_meanings)) for _ in range(n_steps // 8)]
    return [chosen[step // 8] for step in range(n_steps)]


def play(simulation: AtariSimulation, actions: list[int], seed: int = 11) -> list[bytes]:
    """The sound of every step."""
    simulation.reset(seed=seed, noop_starts=0)
    sounds = []
    for action in actions:
        simulation.step(action)
        sounds.append(simulation.sound())
    return sounds


@pytest.mark.parametrize("game", GAMES)
def test_sound_is_that_of_gymnasiums_own_environment_and_leaves_everything_else_as_it_is(game: str) -> None:
    """REC-23, LIVE-40: beside an environment with sound and one without; the state hash is the same in all three."""
    simulation = AtariSimulation(atari(game))
    sounding, silent = (
        AtariEnv(ROMS[game], frameskip=1, repeat_action_probability=0.0, sound_obs=sound) for sound in (True, False)
    )
    for environment in (sounding, silent):
        environment.reset(seed=11)
    simulation.reset(seed=11, noop_starts=0)
    heard = set()
    for action in actions_of(simulation):
        outcome = simulation.step(action)
        observation, reward, *_ = sounding.step(action)
        silent.step(action)
        assert simulation.sound() == observation["sound"].tobytes()
        assert outcome.reward == reward
        hashes = {compute_state_hash(each.ale.getRAM(), each.ale.getScreen()) for each in (sounding, silent)}
        assert hashes == {simulation.state_hash()}
        heard.add(simulation.sound())
    assert bytes([SILENCE]) * 512 in heard
    assert len(heard) > 10, "this player made hardly a sound"


@pytest.mark.parametrize("game", GAMES)
def test_the_same_episode_sounds_the_same_again(game: str) -> None:
    """LIVE-45: also after another episode, and in another simulation."""
    simulation, other = AtariSimulation(atari(game)), AtariSimulation(atari(game))
    actions = actions_of(simulation)
    first = play(simulation, actions)
    play(simulation, actions[: N_STEPS // 3], seed=12)
    assert play(simulation, actions) == first
    assert play(other, actions) == first


def test_the_sound_of_a_step_is_that_of_all_its_frames() -> None:
    """LIVE-40."""
    single, fourfold = AtariSimulation(atari("Pong")), AtariSimulation(atari("Pong", frameskip=4))
    assert (single.sound_format.samples_per_step, fourfold.sound_format.samples_per_step) == (512, 2048)
    assert single.sound_format.rate_hz == fourfold.sound_format.rate_hz == 30_720
    actions = actions_of(single)
    frames = play(single, actions)
    assert play(fourfold, actions[::4]) == [b"".join(frames[i : i + 4]) for i in range(0, N_STEPS, 4)]


def test_a_step_too_long_for_its_sound_is_refused() -> None:
    """LIVE-40."""
    with pytest.raises(EnvironmentFailed, match="65535 samples"):
        open_simulation(atari("Pong", frameskip=128))


def test_other_environments_make_no_sound() -> None:
    """LIVE-40."""
    simulation: Simulation = open_simulation(EnvironmentSpec("CartPole-v1"))
    simulation.reset(seed=0, noop_starts=0)
    simulation.step(1)
    assert simulation.sound_format is None
    assert simulation.sound() == b""
