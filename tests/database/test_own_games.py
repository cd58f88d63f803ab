from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from tests.database.test_episodes import make_row

from skill_arcade.database.episodes import EpisodeRow, fetch_episode, keep_episode
from skill_arcade.database.games import keep_games
from skill_arcade.database.own_games import OwnSettings, change_own_settings, fetch_own_settings
from skill_arcade.database.people import Person, insert_person
from skill_arcade.database.scores import (
    Score,
    fetch_attempts,
    fetch_extremes,
    fetch_last_played,
    fetch_running,
    fetch_scores,
)
from skill_arcade.database.tickets import count_attempt
from skill_arcade.database.transactions import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def people(database: Database) -> list[UUID]:
    ids = [uuid4() for _ in range(3)]
    with database.write() as work:
        keep_games(work, {"Breakout.v0": {}, "Hanoi.v0": {}}, NOW)
        for user_id in ids:
            insert_person(work, Person(user_id, None, guest=True, role="player", pseudonym=user_id.hex), NOW)
    return ids


def make_end(user_id: UUID | None, metric: float | None, **facts: object) -> EpisodeRow:
    ended = {"status": "lost", "metric": metric, "score": 2.5, "n_steps": 60, "ended_at": NOW + HOUR}
    return replace(make_row(user_id), **{**ended, "played_by": "human", **facts})  # type: ignore[arg-type]


def keep(database: Database, *rows: EpisodeRow) -> None:
    with database.write() as work:
        for row in rows:
            keep_episode(work, row)


def test_what_a_person_sets_stays_and_what_is_left_out_stays_as_it_was(database: Database, people: list[UUID]) -> None:
    ada, bob, _ = people
    with database.write() as work:
        change_own_settings(work, ada, "Hanoi.v0", NOW)
        change_own_settings(work, ada, "Breakout.v0", NOW, keys={"KeyA": "KeyJ"})
        change_own_settings(work, ada, "Breakout.v0", NOW, favourite=True)
        change_own_settings(work, bob, "Breakout.v0", NOW, favourite=True)
        change_own_settings(work, bob, "Breakout.v0", NOW, favourite=False)
    with database.read() as session:
        assert fetch_own_settings(session, ada) == {"Breakout.v0": OwnSettings(favourite=True, keys={"KeyA": "KeyJ"})}
        assert fetch_own_settings(session, bob) == {"Breakout.v0": OwnSettings()}
        assert fetch_own_settings(session, ada, "Hanoi.v0") == {}


def test_settings_go_with_their_person(database: Database, people: list[UUID]) -> None:
    with database.write() as work:
        change_own_settings(work, people[0], "Hanoi.v0", NOW, favourite=True)
        work._session.connection().execute(text("DELETE FROM user"))
        assert fetch_own_settings(work, people[0]) == {}


def test_options_come_back_and_their_order_says_nothing(database: Database, people: list[UUID]) -> None:
    row = make_end(people[0], 3, options={"b": 1, "a": "ü", "c": 0.5, "d": True})
    keep(database, row)
    with database.read() as session:
        found = fetch_episode(session, row.id)
        assert found is not None
        assert found.options == row.options
        other_order = {"d": True, "c": 0.5, "a": "ü", "b": 1}
        same = fetch_scores(session, "Breakout.v0", other_order, higher_is_better=True, limit=9)
        other = fetch_scores(session, "Breakout.v0", {**other_order, "b": 2}, higher_is_better=True, limit=9)
    assert (same.n_episodes, other.n_episodes) == (1, 0)


def test_a_list_of_scores_has_the_best_of_each_person_and_of_equals_the_earlier(
    database: Database, people: list[UUID]
) -> None:
    ada, bob, eve = people
    rows = [make_end(user_id, metric) for user_id, metric in ((ada, 5), (bob, 7), (ada, 9), (eve, 7), (eve, 7))]
    keep(database, *rows)
    with database.read() as session:
        high = fetch_scores(session, "Breakout.v0", {}, higher_is_better=True, limit=9)
        low = fetch_scores(session, "Breakout.v0", {}, higher_is_better=False, limit=2)
    assert [(each.user_id, each.metric) for each in high.scores] == [(ada, 9), (bob, 7), (eve, 7)]
    assert (high.n_players, high.n_episodes) == (3, 5)
    assert [(each.user_id, each.metric) for each in low.scores] == [(ada, 5), (bob, 7)]
    assert (low.n_players, low.n_episodes) == (3, 5)
    assert high.scores[0] == Score(ada, 9, 2.5, 60, NOW + HOUR, "lost")


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_whoever_did_well_very_often_leaves_room_for_the_others(
    database: Database, people: list[UUID], limit: int
) -> None:
    ada, bob, eve = people
    often = [make_end(ada, 100 - n) for n in range(10)]
    keep(database, *often, make_end(bob, 3), make_end(ada, 2), make_end(bob, 2), make_end(bob, 1), make_end(eve, 1))
    with database.read() as session:
        found = fetch_scores(session, "Breakout.v0", {}, higher_is_better=True, limit=limit)
    assert [(each.user_id, each.metric) for each in found.scores] == [(ada, 100), (bob, 3), (eve, 1)][:limit]
    assert (found.n_players, found.n_episodes) == (3, 15)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "incomplete"},
        {"status": "running", "metric": None},
        {"metric": None},
        {"n_steps": 0},
        {"played_by": "agent"},
        {"played_by": None},
        {"user_id": None},
        {"game_id": "Hanoi.v0"},
        {"options": {"discs": 4}},
    ],
)
def test_only_what_people_played_to_an_end_counts(
    database: Database, people: list[UUID], facts: dict[str, object]
) -> None:
    keep(database, replace(make_end(people[0], 3), **facts))  # type: ignore[arg-type]
    with database.read() as session:
        found = fetch_scores(session, "Breakout.v0", {}, higher_is_better=True, limit=9)
    assert (found.scores, found.n_players, found.n_episodes) == ([], 0, 0)


def test_a_game_with_the_newest_index_is_not_searched_through_all_episodes(
    database: Database, people: list[UUID]
) -> None:
    with database.read() as session:
        connection = session._session.connection()
        query = "SELECT count(*) FROM episode WHERE game_id = 'Hanoi.v0' AND metric IS NOT NULL AND status IN ('won')"
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert any("ix_episode_game_id_metric" in str(row) for row in plan), plan


def test_what_a_person_reached_is_told_game_by_game(database: Database, people: list[UUID]) -> None:
    ada, bob, _ = people
    running = replace(make_row(ada, "Hanoi.v0"), n_steps=7, options={"discs": 3}, time_updated=NOW + 3 * HOUR)
    older = replace(make_row(ada, "Hanoi.v0"), time_updated=NOW + 2 * HOUR)
    keep(
        database,
        older,
        make_end(ada, 5),
        make_end(ada, 2, time_updated=NOW + 9 * HOUR),
        make_end(ada, 1, options={"lives": 1}),
        make_end(ada, 99, status="incomplete"),
        make_end(bob, 1000),
        running,
    )
    with database.write() as work:
        assert [count_attempt(work, ada, "Hanoi.v0") for _ in range(2)] == [1, 2]
    with database.read() as session:
        extremes = fetch_extremes(session, ada)
        episodes = fetch_running(session, ada)
        last_played = fetch_last_played(session, ada)
        assert fetch_attempts(session, ada) == {"Hanoi.v0": 2}
        assert fetch_attempts(session, ada, "Breakout.v0") == {}
        assert fetch_last_played(session, ada, "Breakout.v0") == {"Breakout.v0": NOW + HOUR}
        assert fetch_running(session, bob) == {}
        assert fetch_extremes(session, ada, "Hanoi.v0") == []
    assert [(each.game_id, dict(each.options), each.lowest, each.highest) for each in extremes] == [
        ("Breakout.v0", {}, 2, 5),
        ("Breakout.v0", {"lives": 1}, 1, 1),
    ]
    assert list(episodes) == ["Hanoi.v0"]
    assert (episodes["Hanoi.v0"].episode_id, episodes["Hanoi.v0"].n_steps) == (running.id, 7)
    # A replay that is noted later is no play.
    assert last_played == {"Hanoi.v0": NOW + 3 * HOUR, "Breakout.v0": NOW + HOUR}
