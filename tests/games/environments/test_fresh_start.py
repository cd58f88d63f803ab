"""An Atari game begins alike whether its ROM is loaded a second time or not: a session's first reset costs nothing."""

from __future__ import annotations

import os
from random import Random

import numpy as np
import pytest
from ale_py.env import AtariEnv

from skill_arcade.games.atari_games import read_measured
from skill_arcade.games.environments.atari import AtariSimulation
from skill_arcade.games.environments.spec import EnvironmentSpec

N_STEPS = 600
GAMES = {
    "AirRaid": "air_raid",  # PAL, with 250 lines
    "Amidar": "amidar",  # in black at first: frames are made to find its palette, and its ROM is loaded again
    "Asteroids": "asteroids",
    "Breakout": "breakout",
    "DonkeyKong": "donkey_kong",
    "Enduro": "enduro",
    "Freeway": "freeway",
    "MontezumaRevenge": "montezuma_revenge",
    "Pong": "pong",
    "Qbert": "qbert",  # this and the two last: games that a restored state may lead astray
    "Tetris": "tetris",
    "TicTacToe3D": "tic_tac_toe_3d",
}

ALL_GAMES = {each.ale_name: rom for rom, each in read_measured().items()}
COMPARED = ALL_GAMES if os.environ.get("ARCADE_ALL_GAMES") else GAMES
"""`make test-all-games` compares each of the 104: for a new version of ale-py."""


LED_ASTRAY = {"Amidar", "Koolaid", "Qbert", "Tetris", "Trondead"}
"""Games that do not go on from a bookmark as they do after loading: each of their replays takes a process (REC-50)."""


def atari(game: str, **kwargs: object) -> EnvironmentSpec:
    return EnvironmentSpec.of_game(f"ALE/{game}-v5", kwargs)


def count_loads(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One entry for each time that a ROM is loaded from now on."""
    loads: list[None] = []
    load = AtariEnv.load_game

    def counted(env: AtariEnv) -> None:
        loads.append(None)
        load(env)

    monkeypatch.setattr(AtariEnv, "load_game", counted)
    return loads


@pytest.mark.parametrize("game", COMPARED)
def test_a_game_as_it_was_loaded_is_what_gymnasium_makes_of_any_seed(game: str) -> None:
    """RAM, picture, rewards, lives and the end: all that a recording holds and its replay compares."""
    compare_with_gymnasium(game)


@pytest.mark.parametrize("game", COMPARED)
def test_a_game_that_goes_back_to_its_bookmark_goes_on_as_after_loading(game: str) -> None:
    simulation = AtariSimulation(atari(game))

    def play(seed: int) -> list[tuple[object, ...]]:
        simulation.reset(seed=0, noop_starts=0)
        random = Random(seed)
        seen: list[tuple[object, ...]] = [(simulation.picture().tobytes(),)]
        for _ in range(N_STEPS):
            outcome = simulation.step(simulation.action_space.sample(random))
            seen.append((simulation.state_hash(), outcome.reward, outcome.ended, outcome.lives))
            if outcome.ended:
                break
        return seen

    simulation.reset(seed=0, noop_starts=0)
    go_back = simulation.bookmark()
    assert go_back is not None
    first = play(1)
    go_back()
    play(2)
    go_back()
    assert (play(1) == first) is (game not in LED_ASTRAY)
    simulation.close()


def test_a_game_of_another_mode_and_difficulty_begins_alike_too() -> None:
    compare_with_gymnasium("Breakout", mode=4, difficulty=1)


def compare_with_gymnasium(game: str, **kwargs: int) -> None:
    fixed = {"frameskip": 1, "repeat_action_probability": 0.0, "max_num_frames_per_episode": 0}
    reference = AtariEnv(COMPARED[game], **fixed, **kwargs)  # type: ignore[arg-type]
    for seed in (0, 20_260_123):
        ours = AtariSimulation(atari(game, **kwargs))
        ours.reset(seed=1, noop_starts=0)
        ours.reset(seed=2, noop_starts=0)
        reference.reset(seed=seed)
        random = Random(seed)
        for step in range(N_STEPS):
            assert np.array_equal(ours._ale.getRAM(), reference.ale.getRAM()), step
            assert np.array_equal(ours.picture(), reference.ale.getScreen()), step
            action = ours.action_space.sample(random)
            outcome = ours.step(action)
            _, reward, terminated, _, info = reference.step(action)
            assert (outcome.reward, outcome.terminated) == (reward, terminated), step
            assert outcome.lives == (info["lives"] if ours._counts_lives else None), step
            if terminated:
                break
        ours.close()


def test_a_game_that_was_loaded_and_not_stepped_is_not_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    template = AtariSimulation(atari("Breakout"))
    loads = count_loads(monkeypatch)
    template.reset(seed=0, noop_starts=0)
    template.picture()
    template.reset(seed=5, noop_starts=7)
    assert loads == []
    begun = template.state_hash()
    template.reset(seed=5, noop_starts=7)
    assert (len(loads), template.state_hash()) == (1, begun)
    template.close()


def test_a_stepped_game_is_loaded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = AtariSimulation(atari("Pong"))
    loads = count_loads(monkeypatch)
    simulation.reset(seed=0, noop_starts=0)
    begun = simulation.state_hash()
    simulation.step(0)
    simulation.reset(seed=0, noop_starts=0)
    assert (len(loads), simulation.state_hash()) == (1, begun)
    simulation.reset(seed=0, noop_starts=0)
    assert len(loads) == 1
    simulation.close()


def test_where_actions_stick_every_seed_is_a_game_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = AtariSimulation(atari("Breakout", repeat_action_probability=0.25))
    loads = count_loads(monkeypatch)

    def play(seed: int) -> list[str]:
        simulation.reset(seed=seed, noop_starts=0)
        random = Random(3)
        hashes = []
        for _ in range(200):
            simulation.step(simulation.action_space.sample(random))
            hashes.append(simulation.state_hash())
        return hashes

    simulation.reset(seed=1, noop_starts=0)
    first = play(2)
    assert len(loads) == 2
    assert play(2) == first
    assert play(3) != first
    simulation.close()


def test_a_game_that_showed_its_palette_only_after_some_frames_begins_at_its_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulation = AtariSimulation(atari("Amidar"))
    assert simulation._ale.getEpisodeFrameNumber() > 0
    loads = count_loads(monkeypatch)
    simulation.reset(seed=0, noop_starts=0)
    assert (len(loads), simulation._ale.getEpisodeFrameNumber()) == (1, 0)
    simulation.close()
