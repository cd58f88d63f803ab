"""What every database must do alike; each test has an empty SQLite and an empty PostgreSQL of its own."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import text
from sqlmodel import select
from tests.contracts.made_up import NOW, STEPS, make_episode, make_facts, make_rows, read_rows, read_sql
from tests.recorder.recordings import EPISODE, CountingJournal, step_of

from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import Tickets
from skill_arcade.archive.local import LocalStore
from skill_arcade.database.episodes import (
    EpisodeFilter,
    fetch_episode,
    fetch_episodes,
    fetch_keys,
    keep_episode,
    set_progress,
)
from skill_arcade.database.games import keep_games
from skill_arcade.database.own_games import OwnSettings, change_own_settings, fetch_own_settings
from skill_arcade.database.scores import fetch_extremes, fetch_last_played, fetch_running, fetch_scores
from skill_arcade.database.steps import StepRow, count_steps, delete_steps, fetch_steps, insert_steps
from skill_arcade.database.tables import Game
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError, TicketRefused
from skill_arcade.recorder.episode_facts import EpisodeFacts
from skill_arcade.recorder.index import EpisodeIndex, LiveUpdate
from skill_arcade.recorder.index_rows import Anchor, step_row_of_record
from skill_arcade.recorder.reindex import reindex
from skill_arcade.recorder.seal import seal_episode
from skill_arcade.recorder.shipper import Shipper


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
    ended, rows = make_facts(n_steps=400, status="won"), make_rows(400)

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


def test_rewards_that_are_no_numbers_and_large_actions_mean_the_same_from_journals_and_sealed_files(
    database: Database, tmp_path: Path
) -> None:
    """REC-61; a reward that is no number is null in SQL, an action of more than 32 bits is in `extra`."""
    folder, store = tmp_path / "journal" / str(EPISODE), LocalStore(tmp_path / "store")
    journal = CountingJournal.begin(folder).play(3)
    odd: tuple[dict[str, Any], ...] = (
        {"reward": nan},
        {"reward": -inf, "info": {"a": 1}},
        {"reward": nan, "executed_action": 0},
    )
    for step, members in enumerate(odd, journal.n_steps):
        journal.writer.write(journal.group(step, **members))
    journal.n_steps += len(odd)
    journal.end(score=0.0)
    index = EpisodeIndex(database, lambda: NOW)
    shipper = Shipper(folder.parent, index)
    shipper.sync()
    shipper.write_rows()
    shipped = read_rows(database, EPISODE)
    assert [row.reward for row in shipped[3:]] == [None, -inf, None]
    seal_episode(folder, store)
    for _ in range(2):
        assert reindex(index, store, folder.parent).n_sealed == 1
        assert read_rows(database, EPISODE) == shipped
        index.forget(EPISODE)
    large = step_row_of_record(msgspec.structs.replace(step_of(0), action=2**40), Anchor(0, 0))
    assert (large.action, large.extra) == (None, {"action": 2**40})
    assert step_row_of_record(msgspec.structs.replace(step_of(0), action=-(2**31)), Anchor(0, 0)).extra is None


def test_a_large_action_and_a_reward_that_is_none_are_seen_in_the_view(database: Database) -> None:
    key, _ = make_episode(database)
    with database.write() as work:
        insert_steps(work, {key: [StepRow(0, None, None, 0, 0, {"action": 2**40})]})
    ((action, reward),) = read_sql(database, "SELECT action, reward FROM transition")
    assert (int(action), reward) == (2**40, None)


def test_json_with_what_json_does_not_have_stops_nothing(database: Database) -> None:
    key, row = make_episode(database)
    info = {"a": [nan, 1.5, {"b": -inf}], "c": (inf,)}
    with database.write() as work:
        insert_steps(work, {key: [StepRow(0, 1, 0.0, 0, 0, {"info": info})]})
    (step,) = read_rows(database, row.id)
    assert step.extra == {"info": {"a": [None, 1.5, {"b": None}], "c": [None]}}
    assert len(read_sql(database, "SELECT info FROM transition")) == 1


@pytest.mark.parametrize("address", ["a\0b@c.org", "a\ud800b@c.org"])
def test_an_e_mail_address_that_cannot_be_stored_is_the_same_one_every_time(database: Database, address: str) -> None:
    logins = Logins(database, Secret(bytes(32)), lifetime=timedelta(days=1), clock=lambda: NOW)
    people = {logins.log_in_email(address).person for _ in range(2)}
    assert [person.email for person in people] == ["a\ufffdb@c.org"]


def test_a_score_that_is_no_number_is_null_and_keeping_it_again_changes_nothing(database: Database) -> None:
    ended = make_facts(status="lost", score=nan, metric=nan)
    times = iter([NOW, NOW + timedelta(hours=1)])
    index = EpisodeIndex(database, lambda: next(times))
    for _ in range(2):
        index.reconcile(ended, lambda: iter([]), sealed=True)
    with database.read() as session:
        row = fetch_episode(session, ended.episode_id)
    assert row is not None
    assert (row.score, row.metric, row.time_updated) == (None, None, NOW)


def test_an_episode_of_many_statements_is_indexed_whole(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skill_arcade.recorder.index.ROWS_OF_A_STATEMENT", 1000)
    facts, rows = make_facts(n_steps=4500), make_rows(4500)
    assert EpisodeIndex(database, lambda: NOW).reconcile(facts, lambda: iter(rows), sealed=False)
    assert read_rows(database, facts.episode_id) == rows
