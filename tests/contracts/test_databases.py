"""What every database must do alike; each test has an empty SQLite and an empty PostgreSQL of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select
from tests.postgresql import empty_database

from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.database.episodes import (
    EpisodeFilter,
    EpisodeRow,
    fetch_episode,
    fetch_episodes,
    fetch_keys,
    keep_episode,
    set_progress,
)
from skill_arcade.database.games import keep_games
from skill_arcade.database.own_games import OwnSettings, change_own_settings, fetch_own_settings
from skill_arcade.database.revision import newest_revision, read_revision
from skill_arcade.database.schema import (
    check_schema,
    downgrade_schema,
    upgrade_schema,
)
from skill_arcade.database.scores import fetch_extremes, fetch_last_played, fetch_running, fetch_scores
from skill_arcade.database.steps import StepRow, count_steps, delete_steps, fetch_steps, insert_steps
from skill_arcade.database.tables import Game
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError, TicketRefused
from skill_arcade.recorder.episode_facts import EpisodeFacts
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate

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
    with empty_database(request.getfixturevalue("postgresql")) as url:
        yield url


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


def test_steps_outlive_a_downgrade_and_an_upgrade(database: Database) -> None:
    key, _ = make_episode(database)
    with database.write() as work:
        insert_steps(work, {key: STEPS})
    database.dispose()
    downgrade_schema(database.url, "0001")
    upgrade_schema(database.url)
    with database.read() as session:
        assert list(fetch_steps(session, key)) == STEPS


def test_episodes_and_steps_come_back_as_they_were(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        insert_steps(work, {key: STEPS})
        delete_steps(work, {key: 2})
    with database.read() as session:
        assert fetch_episode(session, row.id) == row
        assert list(fetch_steps(session, key)) == STEPS


def test_keeping_the_same_twice_leaves_one_row_as_it_was(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        assert keep_episode(work, row) == key
        set_progress(work, {key: (9, 2)}, NOW)
    with database.read() as session:
        found = fetch_episode(session, row.id)
    assert found is not None
    assert (found.n_steps, found.epoch) == (9, 2)


def test_a_transition_has_the_promised_columns_rec_60(database: Database) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        insert_steps(work, {key: STEPS})
    with database.read() as session:
        rows = session._session.connection().execute(text("SELECT * FROM transition ORDER BY id")).mappings().all()
    assert [each["id"] for each in rows] == [key * 2**32, key * 2**32 + 1]
    assert {UUID(str(each["episode_id"])) for each in rows} == {row.id}
    assert [each["obs_key"] for each in rows] == [f"{row.id}/0", f"{row.id}/1"]
    assert [each["next_obs_key"] for each in rows] == [f"{row.id}/1", f"{row.id}/2"]
    assert [each["reward"] for each in rows] == [1.5, -0.1]
    assert [bool(each["terminated"]) for each in rows] == [False, True]
    assert [bool(each["truncated"]) for each in rows] == [False, False]
    time = rows[0]["time_created"]
    moment = datetime.fromisoformat(time).replace(tzinfo=UTC) if isinstance(time, str) else time
    assert moment == datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)
    assert rows[0]["action"] == 3
    assert str(rows[1]["action"]).replace(" ", "") == "[0.5,1.0]"
    info = rows[1]["info"]
    assert (json.loads(info) if isinstance(info, str) else info) == {"a": "ü"}


def test_json_comes_back_with_the_same_numbers_and_the_names_in_the_same_order(database: Database) -> None:
    key, _ = make_episode(database)
    info = {"longer": 1e23, "long": -0.0, "n": 2**70, "a": [1.0, 1, 3.4028234663852886e38]}
    with database.write() as work:
        insert_steps(work, {key: [STEPS[1]._replace(extra={"info": info})]})
    with database.read() as session:
        (step,) = fetch_steps(session, key)
    assert json.dumps(step.extra) == json.dumps({"info": info})


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_text_that_a_database_cannot_hold_stops_nothing(database: Database, bad: str) -> None:
    key, row = make_episode(database)
    with database.write() as work:
        keep_episode(work, replace(row, end_detail=f"a{bad}b"))
        insert_steps(work, {key: [STEPS[1]._replace(extra={"info": {f"a{bad}b": f"\\u0000 ü{bad}"}})]})
    with database.read() as session:
        found = fetch_episode(session, row.id)
        (step,) = fetch_steps(session, key)
        rows = session._session.connection().execute(text("SELECT info FROM transition")).all()
        assert fetch_episodes(session, EpisodeFilter(game_id=f"Breakout.v0{bad}")) == []
    assert found is not None
    assert found.end_detail == "a\ufffdb"
    assert step.extra is not None
    assert step.extra["info"] in [{f"a{each}b": f"\\u0000 ü{each}"} for each in (bad, "\ufffd")]
    assert len(rows) == 1


def test_a_read_session_sees_one_moment(database: Database) -> None:
    key, _ = make_episode(database)
    with database.read() as session:
        assert count_steps(session, key) == 0
        with database.write() as work:
            insert_steps(work, {key: STEPS})
        assert count_steps(session, key) == 0


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


def test_an_episode_that_is_indexed_twice_at_once_is_there_once_and_whole(database: Database) -> None:
    index = EpisodeIndex(database, clock=lambda: NOW)
    ended = EpisodeFacts(
        episode_id=uuid4(),
        user=None,
        game_id="Breakout.v0",
        game={},
        seed=1,
        attempt_index=1,
        epoch=1,
        n_steps=400,
        started_utc=NOW,
        played_by="human",
        status="won",
    )
    rows = [StepRow(step, 1, 0.0, 0, step, None) for step in range(400)]

    def ship(facts: EpisodeFacts) -> None:
        index.append([LiveUpdate(facts.episode_id, 1, 0, rows[:200], replace(facts, n_steps=200, status="running"))])
        for first in range(200, 400, 50):
            index.append([LiveUpdate(facts.episode_id, 1, first, rows[first : first + 50], None)])

    def seal(facts: EpisodeFacts) -> None:
        index.reconcile(facts, lambda: iter(rows), sealed=True)

    with ThreadPoolExecutor(3) as pool:
        for _ in range(10):
            facts = replace(ended, episode_id=uuid4())
            for done in [pool.submit(each, facts) for each in (ship, seal, seal)]:
                done.result()
            with database.read() as session:
                key = fetch_keys(session, [facts.episode_id])[facts.episode_id]
                assert list(fetch_steps(session, key)) == rows


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
