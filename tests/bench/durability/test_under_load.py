"""A whole run of the pipeline under load, with few players: with PostgreSQL and the emulator of a store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.object_stores import Emulator, running_emulators
from tests.postgresql import find_programs, restartable_postgresql
from tests.waiting import PATIENCE_S, await_true

from skill_arcade.archive.opening import open_store
from skill_arcade.bench.durability.elsewhere import DATABASE, Elsewhere, find_database_listeners
from skill_arcade.bench.durability.fresh import fresh_database
from skill_arcade.bench.durability.halting import Alternation
from skill_arcade.bench.durability.row_figures import add_rows
from skill_arcade.bench.durability.under_load import LONG, QUICK, Plan, add_under_load, make_plan
from skill_arcade.bench.figures import Report
from skill_arcade.bench.served import find_processes
from skill_arcade.database.revision import read_revision
from skill_arcade.database.schema import downgrade_schema, upgrade_schema
from skill_arcade.domain.errors import SkillArcadeError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks read /proc")

SMALL = Plan(3, 6.0, 5.0, Alternation(2, 1.0, 1.0, 0.3, 0.5), (3.0, 5.0))

MUST_BE_0 = (
    "puts and transactions that failed",
    "steps that did not become all of this",
    "steps that players saw and SQL does not have",
    "episodes that are not sealed and verified",
)


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    with restartable_postgresql(programs) as server:
        yield server.url


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with running_emulators() as start:
        emulator = start("gs")
        for name, value in emulator.environment().items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.mark.slow
def test_a_run_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    """No process of its server, none of its database, none of its store."""
    if find_programs() is None:
        pytest.skip("no PostgreSQL: run `apt-get install postgresql` as root")
    environment, mine = {**os.environ, "TMPDIR": str(tmp_path)}, f"TMPDIR={tmp_path}"
    command = [sys.executable, "-m", "benchmarks.pipeline", "--quick", "--players", "2"]
    try:
        with subprocess.Popen(command, env=environment, start_new_session=True) as run:
            try:
                await_true(lambda: len(find_processes(mine, "bench.crowd.crowd")) > 0)
                database = find_database_of(mine)
                assert find_processes(mine, "request_counter")
            finally:
                run.terminate()
            assert run.wait(PATIENCE_S) == 130
        await_true(lambda: find_processes(mine) == [])
        await_true(lambda: not Path(f"/proc/{database}").exists())
    finally:
        for pid in find_processes(mine):
            os.kill(pid, signal.SIGKILL)
    assert list(tmp_path.glob("skill-arcade-bench-*")) == []


def find_database_of(variable: str) -> int:
    """The process that serves the database of a benchmark with this variable."""
    (bench,) = find_processes(variable, "skill_arcade.cli.main bench")
    variables = Path(f"/proc/{bench}/environ").read_text().split("\0")
    (url,) = (each.partition("=")[2] for each in variables if each.startswith(f"{DATABASE}="))
    (database,) = find_database_listeners(url)
    return database


@pytest.mark.slow
def test_everything_is_measured_in_one_run_and_nothing_is_left(database_url: str, emulator: Emulator) -> None:
    bucket, report = emulator.make_bucket(), Report("pipeline")
    add_under_load(report, Elsewhere(database_url, bucket), SMALL, quick=True)
    told = {each["name"]: each for each in report.to_json()["figures"]}
    assert {name: told[name]["value"] for name in MUST_BE_0} == dict.fromkeys(MUST_BE_0, 0)
    assert [name for name, each in told.items() if each["value"] is None and "growth" not in name] == []
    assert told["stretches compared, of each kind"]["value"] == 2
    assert told["tick lateness p99, pipeline on ÷ off"]["value"] > 0
    assert told["episodes"]["value"] >= SMALL.n_players
    # Six files of each episode, and a segment every 3.5 seconds.
    assert told["puts a player-hour, 50 players: sealed episodes of 20 minutes"]["value"] == 18
    assert 0 < told["puts a player-hour, 50 players: segments"]["value"] < 60
    for who in ("PostgreSQL", "the store's emulator", "sessions of the server"):
        assert told[f"CPU of all cores: {who}"]["value"] > 0
    for what in ("`durable_here`", "the player's word of `durable_here`", "`durable_store`", "SQL"):
        assert 0 < told[f"from the step to {what}, p50"]["value"] <= told[f"from the step to {what}, max"]["value"]
    assert (
        told["from the step to `durable_here`, p50"]["value"] < told["from the step to `durable_store`, p50"]["value"]
    )
    assert read_revision(database_url) is None
    assert list(open_store(bucket, Path()).list("")) == []


def test_rows_are_measured_on_both_databases(database_url: str) -> None:
    report = Report("pipeline")
    add_rows(report, database_url, quick=True)
    sqlite, postgresql, n_bytes = report.to_json()["figures"]
    assert min(sqlite["value"], postgresql["value"]) > 0
    assert (sqlite["unit"], n_bytes["unit"]) == ("rows/s", "bytes")
    assert 60 < n_bytes["value"] < 120
    assert read_revision(database_url) is None


def test_a_database_in_which_there_is_something_is_left_alone(database_url: str) -> None:
    upgrade_schema(database_url)
    before = read_revision(database_url)
    with pytest.raises(SkillArcadeError, match="uses an empty one"), fresh_database(database_url):
        pass
    assert read_revision(database_url) == before
    downgrade_schema(database_url, "base")


def test_another_number_of_players_changes_nothing_else() -> None:
    assert make_plan(None, quick=False) == LONG
    plan = make_plan(5, quick=True)
    assert (plan.n_players, plan.turns, plan.play_s) == (5, QUICK.turns, QUICK.play_s)
    # What was made while the pipeline was followed is in the store and in SQL before it is stopped.
    assert min(LONG.rest_s, QUICK.rest_s) > 5.0
