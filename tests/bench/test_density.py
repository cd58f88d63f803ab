"""How density is concluded: from several runs, from more players at a time, and from more than there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.bench.made_up import TICK_US, make_episode, make_even

from skill_arcade.bench import density
from skill_arcade.bench.crowd.crowd import CrowdReport, CrowdSpec
from skill_arcade.bench.figures import Report
from skill_arcade.bench.served import Server

SLOW_TICK_US = 20_000


def make_cost(live_us: float) -> density._Cost:
    """What a run found: so much for a picture until it is with its player, against acts of 100 µs."""
    cpu_us = {"sessions": live_us - 10, "gateway": 10.0, "shipper": 7.0, "sealer": 5000.0, "crowd": 3.0}
    return density._Cost(cpu_us, slowest_hz=60.0, memory_mb=[4.0, 4.0, 90.0], n_mismatches=1, act_us=100.0)


def test_of_three_runs_the_one_in_the_middle_counts_and_what_any_of_them_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = iter([make_cost(200), make_cost(900), make_cost(250)])
    monkeypatch.setattr(density, "_measure_cost_in_acts", lambda *_, verifies: next(runs))
    monkeypatch.setattr(density, "_add_growth", lambda *_: 10)
    monkeypatch.setattr(density, "_add_capacity", lambda *_: 100)
    monkeypatch.setattr(density, "add_sustained", lambda _report, *, quick: 1000)
    live, act, *_, memory, lost = density.measure(quick=False).to_json()["figures"]
    assert live["name"] == "live CPU of a picture / bare act, 50 players"
    assert live["value"] == pytest.approx(2.5)
    assert (live["must"], live["goal"], live["met"]) == (3.0, 1.9, "must")
    assert (act["name"], act["value"]) == ("bare act", 100)
    assert memory["name"] == "private memory of a session, 50 players"
    assert (memory["value"], memory["must"], memory["goal"], memory["met"]) == (4, 8, 5, "goal")
    assert (lost["name"], lost["value"]) == ("episodes that `verify --all` cannot make again", 1113)


class Machine:
    """Gives so many players sixty pictures a second. More are all slowed down, or refused where the server may do that.

    Attributes:
        offered: how many players came to each server, and whether it let in whoever came.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.offered: list[tuple[int, bool]] = []
        self._admits_all = True

    @contextmanager
    def serve(self, *, admits_all: bool = True) -> Iterator[Server]:
        self._admits_all = admits_all
        yield Server(Path("data"), port=1)

    def play(self, _server: Server, spec: CrowdSpec) -> CrowdReport:
        self.offered.append((spec.n_players, self._admits_all))
        n_admitted = spec.n_players if self._admits_all else min(spec.n_players, self.most)
        n_refused = spec.n_players - n_admitted
        episode = make_episode(make_even(121, tick_us=TICK_US if n_admitted <= self.most else SLOW_TICK_US))
        players = [[episode] if number < n_admitted else [] for number in range(spec.n_players)]
        return CrowdReport(players, refused=2 * n_refused, began_us=0, ended_us=1, cpu_s=0.0)


@pytest.mark.parametrize(
    ("most", "tried", "carried", "met", "n_offered"),
    [
        (92, [60, 75, 90, 105], 90, "must", 117),
        (40, [60], 0, "no", 78),
        (500, [60, 75, 90, 105, 125, 150], 150, "goal", 195),
    ],
    ids=["until somebody is slow", "not even the fewest", "all that are tried"],
)
def test_130_percent_of_what_is_carried_come_to_a_server_that_may_refuse(
    monkeypatch: pytest.MonkeyPatch, most: int, tried: list[int], carried: int, met: str, n_offered: int
) -> None:
    machine, report = Machine(most), Report("density")
    monkeypatch.setattr(density, "server_in_a_folder", machine.serve)
    monkeypatch.setattr(density, "warm_up", lambda _server: None)
    monkeypatch.setattr(density, "play", machine.play)
    monkeypatch.setattr(density, "count_mismatches", lambda _server: 1)
    assert density._add_capacity(report) == len(tried) + 1, "of every server"
    assert machine.offered == [*((n_players, True) for n_players in tried), (n_offered, False)]

    players, admitted, refused, slowest = report.to_json()["figures"]
    assert (players["name"], players["value"]) == ("players, none under 59.5 Hz", carried)
    assert (players["must"], players["goal"], players["met"]) == (90, 125, met)
    n_admitted = min(most, n_offered)
    assert (admitted["name"], admitted["value"]) == (f"{n_offered} players offered: admitted", n_admitted)
    assert refused["value"] == 2 * (n_offered - n_admitted)
    assert slowest["value"] == pytest.approx(60.0, abs=0.01)
    assert (slowest["must"], slowest["met"]) == (59.5, "goal")
