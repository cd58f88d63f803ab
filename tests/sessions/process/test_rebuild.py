"""Taking an episode up where its journal ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.dataset.playing import record_play

from skill_arcade.domain.errors import NotReproducible
from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.process.rebuild import replay_steps, sum_active_ns

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


def noted(kind: str, step: int, at_ns: int, reason: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "step": step, "t_received_ns": at_ns, "detail": {"reason": reason} if reason else None}


START, CRASH = noted("start", 0, 1000), noted("pause", 3, 90_000, "rebuilt")


@pytest.mark.parametrize(
    ("events", "tick_ns", "active_ns"),
    [
        ([START, noted("pause", 2, 1500, "player"), noted("resume", 2, 2000)], [1100, 1200, 2300], 500 + 300),
        ([START], [1100, 1200, 1300], 300),
        # What was away between the newest step and the rebuilding was no play.
        ([START, CRASH, noted("resume", 3, 95_000)], [1100, 1200, 1300, 95_400], 300 + 400),
        # A boot in between set the clock back, twice.
        (
            [START, noted("pause", 3, 50, "rebuilt"), noted("resume", 3, 60), noted("pause", 4, 5, "rebuilt")],
            [1100, 1200, 1300, 80],
            300 + 20,
        ),
        ([START, noted("pause", 0, 90_000, "rebuilt")], [], 0),
        ([START, CRASH, noted("resume", 3, 95_000), noted("pause", 3, 99_000, "rebuilt")], [1100, 1200, 1300], 300),
        ([], [], 0),
    ],
)
def test_only_time_that_was_played_is_active(events: list[dict[str, Any]], tick_ns: list[int], active_ns: int) -> None:
    """LIVE-21, REC-40: also after a second crash."""
    assert sum_active_ns(events, tick_ns) == active_ns
