"""What sealing and verifying cost: by the kernel's account of the sealer and of those who verify for it."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typing_extensions import override

from skill_arcade.bench import pipeline
from skill_arcade.bench.durability.elsewhere import DATABASE, STORE, Elsewhere
from skill_arcade.bench.figures import Figure
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.cli import bench
from skill_arcade.cli.main import main

SEALER, VERIFIER, REPLAYER = 7, 8, 9
TICKS_PER_S = os.sysconf("SC_CLK_TCK")

# In clock ticks: of the process itself as user and as system, and likewise of the children that it has waited for.
TICKS = {SEALER: (300, 100, 50, 10), VERIFIER: (200, 0, 6, 4), REPLAYER: (40, 20, 0, 0)}


class SealingServer(Server):
    """A server of which only those who seal and verify are known."""

    @override
    def pids(self, part: str = "") -> list[int]:
        return {"sealer": [SEALER], "skill_arcade.dataset.verify_child": [VERIFIER, REPLAYER]}[part]


def read_made_up_stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on, as proc(5) numbers them; what is not wanted here is no number."""
    fields = ["-"] * 50
    fields[14 - 3 : 18 - 3] = map(str, TICKS[pid])
    return fields


def test_the_sealers_own_time_is_sealing_and_that_of_all_others_is_verifying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of processes that verified and have ended since: they are among the sealer's children."""
    monkeypatch.setattr(pipeline, "read_stat", read_made_up_stat)
    sealing_s, verifying_s = pipeline._read_sealer(SealingServer(Path("data"), port=1))
    assert sealing_s == pytest.approx((300 + 100) / TICKS_PER_S)
    assert verifying_s == pytest.approx((50 + 10 + 200 + 6 + 4 + 40 + 20) / TICKS_PER_S)


@pytest.mark.skipif(sys.platform != "linux", reason="benchmarks read /proc")
def test_the_kernels_account_is_read_from_where_it_stands() -> None:
    def read_own_ticks() -> tuple[int, int]:
        times = os.times()
        own, children = times.user + times.system, times.children_user + times.children_system
        return round(own * TICKS_PER_S), round(children * TICKS_PER_S)

    for _ in range(3):
        subprocess.run([sys.executable, "-S", "-c", "sum(range(2_000_000))"], check=True)
    before = read_own_ticks()
    assert all(before), "there is something to be read"
    own_s, children_s = pipeline._read_cpu(os.getpid())
    after = read_own_ticks()
    assert before[0] <= round(own_s * TICKS_PER_S) <= after[0]
    assert before[1] <= round(children_s * TICKS_PER_S) <= after[1]


@pytest.fixture
def laps(monkeypatch: pytest.MonkeyPatch) -> list[pipeline._Lap]:
    """The laps that are played and sealed; a test fills in what they cost. A bare `act` takes 80 µs, then 120."""
    laps: list[pipeline._Lap] = []
    acts_us = iter([80.0, 120.0])

    @contextmanager
    def serve() -> Iterator[Server]:
        yield Server(Path("data"), port=1)

    def play_and_seal(_server: Server, _play_s: float, look: Callable[[], None] = lambda: None) -> pipeline._Lap:
        look()
        look()
        return laps.pop(0)

    monkeypatch.setattr(pipeline, "server_in_a_folder", serve)
    monkeypatch.setattr(pipeline, "warm_up", lambda _server, *, settles: None)
    monkeypatch.setattr(pipeline, "_play_and_seal", play_and_seal)
    monkeypatch.setattr(pipeline, "measure_bare_act_us", lambda _n_emulators: next(acts_us))
    monkeypatch.setattr(pipeline, "count_mismatches", lambda _server: 2)
    monkeypatch.setattr(pipeline, "add_rows", lambda report, url, **_: report.add(Figure(f"rows into {url}", 1, "")))
    return laps


def test_only_the_second_lap_counts_and_is_told_in_bare_acts(laps: list[pipeline._Lap]) -> None:
    laps += [pipeline._Lap(500, (1.0, 2.0)), pipeline._Lap(10_000, (1.6, 3.2))]
    told = {each["name"]: each for each in pipeline.measure(quick=False).to_json()["figures"]}
    sealing, verifying = told["CPU of sealing a step / bare act"], told["CPU of verifying a step / bare act"]
    assert sealing["value"] == pytest.approx(0.6)
    assert verifying["value"] == pytest.approx(1.2)
    assert [(each["must"], each["goal"], each["met"]) for each in (sealing, verifying)] == [
        (0.8, 0.5, "must"),
        (1.4, 1.15, "must"),
    ]
    assert told["CPU of sealing a step"]["value"] == pytest.approx(60.0)
    assert told["CPU of verifying a step"]["value"] == pytest.approx(120.0)
    assert told["bare act"]["value"] == pytest.approx(100.0)
    assert told["steps"]["value"] == 10_000
    lost = told["episodes that `verify --all` cannot make again"]
    assert (lost["value"], lost["must"], lost["met"]) == (2, 0, "no")


def test_in_a_hurry_nobody_looks_whether_all_can_be_made_again(laps: list[pipeline._Lap]) -> None:
    laps += [pipeline._Lap(500, (1.0, 2.0)), pipeline._Lap(10_000, (1.6, 3.2))]
    names = [each["name"] for each in pipeline.measure(quick=True).to_json()["figures"]]
    assert not any("verify --all" in name for name in names)


def test_without_a_database_and_a_store_only_what_is_in_the_data_folder_is_measured(
    laps: list[pipeline._Lap], monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[tuple[Elsewhere, int]] = []
    monkeypatch.setattr(
        pipeline, "add_under_load", lambda _report, places, plan, **_: loads.append((places, plan.n_players))
    )
    laps += [pipeline._Lap(500, (1.0, 2.0)), pipeline._Lap(10_000, (1.6, 3.2))] * 2
    told = pipeline.measure(quick=True).to_json()
    assert "rows into None" in {each["name"] for each in told["figures"]}
    assert (loads, "under_load" in told["conditions"]) == ([], False)
    places = Elsewhere("postgresql://host/name", "gs://bucket")
    monkeypatch.setattr(pipeline, "measure_bare_act_us", lambda _n_emulators: 100.0)
    told = pipeline.measure(quick=True, places=places, n_players=5).to_json()
    assert "rows into postgresql://host/name" in {each["name"] for each in told["figures"]}
    assert loads == [(places, 5)]
    assert told["conditions"]["under_load"]["n_players"] == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frames", "--players", "5"], "are for `bench pipeline`"),
        (["pipeline", "--players", "5"], "name --database-url and --store-url, too"),
        (["pipeline", "--database-url", "postgresql://host/name"], "Name both"),
        (["pipeline", "--players", "0"], "invalid"),
    ],
)
def test_what_cannot_be_measured_is_told_before_anything_is(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["skill-arcade", "bench", *arguments])
    with pytest.raises(SystemExit) as end:
        sys.exit(main())
    assert end.value.code != 0
    assert said in capsys.readouterr().err


def test_no_benchmark_uses_the_installation_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATABASE, "postgresql://host/name")
    monkeypatch.setenv(STORE, "gs://bucket")
    parser = ArgumentParser()
    bench.add_arguments(parser)
    assert bench._choose_options(parser.parse_args(["density"])) == {}
    assert not {DATABASE, STORE} & os.environ.keys()


def test_if_nobody_is_seen_verifying_there_is_no_figure(laps: list[pipeline._Lap]) -> None:
    laps += [pipeline._Lap(500, (1.0, 2.0)), pipeline._Lap(10_000, (1.6, 2.0))]
    with pytest.raises(DidNotHappen, match="nothing was verified"):
        pipeline.measure(quick=True)
