"""Taking an episode up where its journal ends."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.dataset.playing import record_play

from skill_arcade.domain.errors import NotReproducible
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.process.rebuild import replay_steps

EAST, PICK_UP = 2, 4


def test_an_environment_that_changes_when_it_draws_is_drawn_as_often_as_it_was(tmp_path: Path) -> None:
    """REC-2: Taxi turns its car when it draws a move, and stays so when it draws what is no move."""
    taxi = EnvironmentSpec("Taxi-v4")
    folder = record_play(tmp_path, uuid4(), taxi, [EAST, PICK_UP], ends=False)
    newest = replay_steps(open_simulation(taxi), read_episode_journal(folder)).newest
    assert newest is not None
    assert newest.step == 1


def test_actions_that_are_lists_are_made_again_as_they_were(tmp_path: Path) -> None:
    """REC-20."""
    car = EnvironmentSpec("MountainCarContinuous-v0")
    folder = record_play(tmp_path, uuid4(), car, [(0.5,), (-1.0,), (1 / 3,)], ends=False)
    newest = replay_steps(open_simulation(car), read_episode_journal(folder)).newest
    assert newest is not None
    assert newest.action == (1 / 3,)
    other = record_play(tmp_path, uuid4(), car, [(0.5,)], step_changes={0: {"action": (0.25,)}}, ends=False)
    with pytest.raises(NotReproducible):
        replay_steps(open_simulation(car), read_episode_journal(other))
