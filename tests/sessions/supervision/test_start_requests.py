"""Who is blamed when a session dies: only whose mark tells that it was in its environment's step."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sessions.live_session import new_spec

from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.reading import read_episode_journal
from skill_arcade.sessions.play.clocks import SystemClock
from skill_arcade.sessions.process.game_rules import rules_of_game
from skill_arcade.sessions.process.opening import open_play
from skill_arcade.sessions.process.provenance import read_environment_facts
from skill_arcade.sessions.process.step_mark import StepMark
from skill_arcade.sessions.spec import Places, SessionLimits, SessionSpec
from skill_arcade.sessions.supervision.control import SessionFailed
from skill_arcade.sessions.supervision.deaths import MAX_DEATHS_AT_ONE_STEP
from skill_arcade.sessions.supervision.start_requests import StartRequests


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "journal", tmp_path)


@pytest.fixture
def begun(places: Places) -> SessionSpec:
    """An episode whose journal has been opened, and in which no step has been made."""
    spec = new_spec("Hanoi.v0")
    assert spec.provenance is not None
    environment = EnvironmentSpec.from_json(spec.provenance["environment"])
    facts = read_environment_facts(environment)
    simulation = open_simulation(environment)
    _, writer = open_play(spec, simulation, rules_of_game, facts, places, SessionLimits(), SystemClock(), grid_ns=0)
    writer.close()
    return spec


def test_who_was_stalled_with_a_room_is_not_blamed_however_often(places: Places, begun: SessionSpec) -> None:
    """REC-40: its environment was not in a step, but that of somebody else in the room."""
    requests = StartRequests(places)
    assert begun.provenance is not None
    for _ in range(MAX_DEATHS_AT_ONE_STEP + 1):
        requests.note_death(begun.episode_id, begun.provenance["environment"], hung=True)
        assert requests.make(begun)["spec"]["provenance"] is None
    assert read_episode_journal(places.journal_folder(begun.episode_id)).end is None


@pytest.mark.parametrize(("hung", "reason"), [(True, "environment_hung"), (False, "environment_crashed")])
def test_whose_own_step_ended_the_session_three_times_is_given_up(
    places: Places, begun: SessionSpec, *, hung: bool, reason: str
) -> None:
    """REC-40."""
    requests = StartRequests(places)
    assert begun.provenance is not None
    folder = places.journal_folder(begun.episode_id)
    StepMark(folder).__enter__()
    for _ in range(MAX_DEATHS_AT_ONE_STEP - 1):
        requests.note_death(begun.episode_id, begun.provenance["environment"], hung=hung)
        assert requests.make(begun)["spec"]["provenance"] is None
    requests.note_death(begun.episode_id, begun.provenance["environment"], hung=hung)
    with pytest.raises(SessionFailed, match="kept"):
        requests.make(begun)
    end = read_episode_journal(folder).end
    assert end is not None
    assert end["end_reason"] == reason
