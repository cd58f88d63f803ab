"""Tetris as the platform plays it: its game file, its keys, its simulation."""

from __future__ import annotations

from random import Random

import pytest

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.games.controls.chords import ChordControls
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.examining.checking import check_definition
from skill_arcade.games.tetris.keys import ACTIONS

CATALOGUE = Catalogue.load()
TETRIS = CATALOGUE.get("Tetris.v0")
NAMES = [keys.name for keys in ACTIONS]


def test_the_game_file_fits_the_environment() -> None:
    check_definition(TETRIS, CATALOGUE.source_of("Tetris.v0"))


@pytest.mark.parametrize("level", [1, 5, 10, 15])
def test_two_thousand_random_steps_give_palette_pictures_and_the_same_states_once_more(level: int) -> None:
    definition, chosen = TETRIS.with_options({"level": level})
    assert chosen == {"level": level}

    def play() -> list[str]:
        random, states = Random(level), []
        simulation = open_simulation(definition.environment_spec())
        simulation.reset(seed=level, noop_starts=0)
        assert simulation.picture_format.pixels == "indexed8"
        action = 0
        for number in range(2000):
            if random.random() < 0.3:  # a key is held for a few steps
                action = random.randrange(len(NAMES))
            if simulation.step(action).ended:
                simulation.reset(seed=number, noop_starts=0)
            assert simulation.picture().shape == simulation.picture_format.shape
            states.append(simulation.state_hash())
        simulation.close()
        return states

    states = play()
    assert len(set(states)) > 200
    assert play() == states


@pytest.mark.parametrize(
    ("held", "taps", "expected"),
    [
        ((), (), "NOOP"),
        (("ArrowLeft",), (), "LEFT"),
        (("KeyA", "ArrowDown"), (), "LEFTDOWN"),
        (("ArrowDown", "KeyD", "ArrowUp"), (), "RIGHTDOWNCW"),
        (("ArrowRight",), ("Space",), "RIGHTDROP"),
        (("ArrowRight", "KeyS"), ("Space",), "RIGHTDROP"),
        (("ArrowLeft", "ArrowRight"), ("KeyZ",), "RIGHTCCW"),
        (("KeyX",), ("ShiftLeft",), "HOLD"),
        (("ArrowLeft", "Space", "KeyC"), (), "LEFTDROPHOLD"),
    ],
)
def test_keys_of_different_groups_act_together_and_of_one_group_the_newest(
    held: tuple[str, ...], taps: tuple[str, ...], expected: str
) -> None:
    controls = ChordControls(TETRIS, NAMES)
    assert NAMES[controls.realtime_action(held, taps, None, None, 0)] == expected
