"""What every database must do alike.

SQLite is always tested, PostgreSQL where SKILL_ARCADE_TEST_POSTGRESQL is the URL of an empty database.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.database.episodes import EpisodeRow, fetch_episode, keep_episode, set_progress
from skill_arcade.database.games import keep_games
from skill_arcade.database.own_games import OwnSettings, change_own_settings, fetch_own_settings
from skill_arcade.database.schema import (
    check_schema,
    downgrade_schema,
    newest_revision,
    read_revision,
    upgrade_schema,
)
from skill_arcade.database.scores import fetch_extremes, fetch_last_played, fetch_running, fetch_scores
from skill_arcade.database.steps import StepRow, delete_steps, fetch_steps, insert_steps
from skill_arcade.database.tables import Game
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError, TicketRefused

NOW = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
STEPS = [
    StepRow(0, 3, 1.5, 0, 1_767_225_600_000_001, None),
    StepRow(1, None, -0.1, 5, 1_767_225_600_016_667, {"action": [0.5, 1.0], "info": {"a": "ü"}}),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'index.sqlite'}"
        return
    url = os.environ.get("SKILL_ARCADE_TEST_POSTGRESQL")
    if url is None:
        pytest.skip("no PostgreSQL: set SKILL_ARCADE_TEST_POSTGRESQL to the URL of an empty database")
    yield url
    downgrade_schema(url, "base")


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    upgrade_schema(url)
    database = Database(url)
    yield database
    database.dispose()


def make_episode(database: Database) -> tuple[int, EpisodeRow]:
    logins = Logins(database, Secret(bytes(32)), lifetime=timedelta(days=1), clock=lambda: NOW)
    row = EpisodeRow(
        id=uuid4(),
        user_id=logins.log_in_guest().person.id,
        game_id="Breakout.v0",
        seed=2**62,
        n_steps=2,
        status="running",
        time_created=NOW,
        time_updated=NOW,
        attempt_index=1,
        epoch=1,
        verification="pending",
    )
    with database.write() as work:
        keep_games(work, {"Breakout.v0": {"title": "Breakout", "keys": ["A"]}}, NOW)
        return keep_episode(work, row), row


def test_migrations_go_up_and_down_and_up_again(url: str) -> None:
    assert read_revision(url) is None
    upgrade_schema(url)
    downgrade_schema(url, "0001")
    upgrade_schema(url)
    assert read_revision(url) == newest_revision()
    check_schema(url)
    downgrade_schema(url, "base")
    assert read_revision(url) is None


def test_episodes_and_steps_come_back_as_they_were(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        insert_steps(work, key, STEPS)
        delete_steps(work, key, first_step=2)
    with database.read() as session:
        assert fetch_episode(session, row.id) == row
        assert list(fetch_steps(session, key)) == STEPS


def test_keeping_the_same_twice_leaves_one_row_as_it_was(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        assert keep_episode(work, row) == key
        set_progress(work, key, 9, 2, NOW)
    with database.read() as session:
        found = fetch_episode(session, row.id)
    assert found is not None
    assert (found.n_steps, found.epoch) == (9, 2)


def test_a_transition_has_the_promised_columns_rec_60(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        insert_steps(work, key, STEPS)
    with database.read() as session:
        rows = session._session.connection().execute(text("SELECT * FROM transition ORDER BY id")).mappings().all()
    assert [each["id"] for each in rows] == [key * 2**32, key * 2**32 + 1]
    assert {UUID(str(each["episode_id"])) for each in rows} == {row.id}
    assert [each["obs_key"] for each in rows] == [f"{row.id}/0", f"{row.id}/1"]
    assert [each["next_obs_key"] for each in rows] == [f"{row.id}/1", f"{row.id}/2"]
    assert [each["reward"] for each in rows] == [1.5, -0.1]
    assert [bool(each["terminated"]) for each in rows] == [False, True]
    assert [bool(each["truncated"]) for each in rows] == [False, False]
    assert str(rows[0]["time_created"]).startswith("2026-01-01 00:00:00.000001")
    assert rows[0]["action"] == 3
    assert str(rows[1]["action"]).replace(" ", "") == "[0.5,1.0]"
    info = rows[1]["info"]
    assert (json.loads(info) if isinstance(info, str) else info) == {"a": "ü"}


def test_a_read_session_cannot_write(database: Database) -> None:
    with pytest.raises((DataFolderError, Exception), match=r"(?i)read-?only"), database.read() as session:
        session._session.connection().execute(text("DELETE FROM attempt"))


def test_of_many_who_redeem_a_ticket_at_once_one_succeeds_live_4(database: Database) -> None:
    _, row = make_episode(database)
    assert row.user_id is not None
    tickets = Tickets(database, lambda known, attempt, _now: {**known, "seed": attempt}, clock=lambda: NOW)
    spec = {"episode_id": str(uuid4()), "resume": False, "provenance": {}}
    token = tickets.issue(row.user_id, "Breakout.v0", spec)

    def redeem(_: int) -> bool:
        try:
            tickets.redeem(token, "Breakout.v0")
        except TicketRefused:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(redeem, range(50))) == 1


def test_attempts_that_begin_at_once_are_all_counted(database: Database) -> None:
    _, row = make_episode(database)
    user_id = row.user_id
    assert user_id is not None
    tickets = Tickets(database, lambda known, attempt, _now: {**known, "seed": attempt}, clock=lambda: NOW)

    def play(_: int) -> int:
        spec = {"episode_id": str(uuid4()), "resume": False, "provenance": {}}
        redeemed = tickets.redeem(tickets.issue(user_id, "Breakout.v0", spec), "Breakout.v0")
        return int(redeemed["provenance"]["seed"])

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(play, range(30))) == list(range(1, 31))


def test_a_person_who_logs_in_many_times_at_once_is_one_person(database: Database) -> None:
    logins = Logins(database, Secret(bytes(32)), lifetime=timedelta(days=1), clock=lambda: NOW)
    with ThreadPoolExecutor(10) as pool:
        people = set(pool.map(lambda _: logins.log_in_email("a@b.org").person, range(20)))
    assert len(people) == 1


def test_servers_that_start_at_once_keep_the_same_games(database: Database) -> None:
    def start(_: int) -> None:
        with database.write() as work:
            keep_games(work, {f"Game{number}.v0": {"n": number} for number in range(20)}, NOW)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(start, range(10)))
    with database.read() as session:
        assert len(session.all(select(Game))) == 20


def test_options_scores_and_own_settings_mean_the_same(database: Database) -> None:
    _, row = make_episode(database)
    assert row.user_id is not None
    options = {"poles": 4, "gravity": 1.0, "level": "hård", "lights": True}
    ended = {"status": "won", "score": 2.5, "played_by": "human", "ended_at": NOW, "options": options}
    rows = [replace(row, id=uuid4(), metric=metric, **ended) for metric in (3.0, 9.0, 5.0)]  # type: ignore[arg-type]
    with database.write() as work:
        for each in rows:
            keep_episode(work, each)
        change_own_settings(work, row.user_id, "Breakout.v0", NOW, favourite=True)
        change_own_settings(work, row.user_id, "Breakout.v0", NOW, keys={"KeyA": "KeyJ"})
    with database.read() as session:
        found = fetch_episode(session, rows[0].id)
        backwards = dict(reversed(options.items()))
        best = fetch_scores(session, "Breakout.v0", backwards, higher_is_better=True, limit=5)
        (extremes,) = fetch_extremes(session, row.user_id)
        assert fetch_scores(session, "Breakout.v0", {}, higher_is_better=True, limit=5).n_episodes == 0
        assert fetch_own_settings(session, row.user_id) == {
            "Breakout.v0": OwnSettings(favourite=True, keys={"KeyA": "KeyJ"})
        }
        assert fetch_last_played(session, row.user_id) == {"Breakout.v0": NOW}
        assert list(fetch_running(session, row.user_id)) == ["Breakout.v0"]
    assert found is not None
    assert found.options == options
    assert [(each.user_id, each.metric, each.time) for each in best.scores] == [(row.user_id, 9.0, NOW)]
    assert (best.n_players, best.n_episodes) == (1, 3)
    assert (extremes.options, extremes.lowest, extremes.highest) == (options, 3.0, 9.0)
