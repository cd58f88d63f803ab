"""Observations of several parts, on their way from a real environment into the journal."""

from __future__ import annotations

from tests.dataset.environments import errand_of
from tests.dataset.playing import ERRAND
from tests.sessions.fakes import EPISODE, Table, make_rules

from skill_arcade.games.environments.opening import open_simulation
from skill_arcade.games.environments.simulation import Simulation
from skill_arcade.games.environments.spec import EnvironmentSpec
from skill_arcade.recorder.records import RecordKind, parse_observation
from skill_arcade.sessions.play.ledger import Ledger
from skill_arcade.sessions.play.play import Play
from skill_arcade.sessions.play.stage import StartPoint, observation_bytes
from skill_arcade.wire.from_server import Ended


def sit_down(simulation: Simulation) -> Table:
    """A table at which this is played."""
    table = Table()
    table.play = Play(
        rules=make_rules(),
        simulation=simulation,
        ledger=Ledger(table.journal),
        safety=table.safety,
        clock=table.clock,
        start=StartPoint(EPISODE, 1, 0, "boot"),
        abandon_after_s=3600.0,
    )
    return table


def open_errand(**kwargs: object) -> Simulation:
    simulation = open_simulation(EnvironmentSpec.of_game(ERRAND.env_id, kwargs))
    simulation.reset(seed=0, noop_starts=0)
    return simulation


def test_every_step_has_the_bytes_of_its_parts() -> None:
    """REC-15, REC-22."""
    simulation = open_errand()
    table = sit_down(simulation)
    table.begin()
    table.ticks(3)
    recorded = [parse_observation(body) for kind, body in table.journal.records if kind is RecordKind.OBSERVATION]
    assert [each.step for each in recorded] == [1, 2, 3]
    assert recorded[-1].data == observation_bytes(simulation)
    parsed = simulation.observation_kind.parse(recorded[0].data)
    assert isinstance(parsed, dict)
    assert parsed["mission"] == errand_of(1)["mission"]


def test_an_observation_that_does_not_fit_its_space_ends_the_episode_with_all_before_it_recorded() -> None:
    """REC-40, REC-1."""
    table = sit_down(open_errand(misfits_at=3))
    client = table.begin()
    table.ticks(5)
    assert client.newest(Ended).reason == "environment_error"
    (end,) = table.journal.of(RecordKind.END)
    assert "with the members 'body', 'mission', not 'body', 'mission', 'seen'" in end["detail"]
    assert end["n_steps"] == len(table.journal.steps) == 2
    observations = [body for kind, body in table.journal.records if kind is RecordKind.OBSERVATION]
    assert len(observations) == 2
