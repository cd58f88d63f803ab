from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from skill_arcade.database.episodes import (
    EpisodeFilter,
    EpisodeRow,
    delete_episode,
    fetch_episode,
    fetch_episodes,
    fetch_keys,
    keep_episode,
    set_progress,
    set_verification,
)
from skill_arcade.database.games import keep_games
from skill_arcade.database.people import Person, insert_person
from skill_arcade.database.steps import StepRow, count_steps, delete_steps, fetch_steps, insert_steps
from skill_arcade.database.tables import Game
from skill_arcade.database.transactions import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def user_id(database: Database) -> UUID:
    person = Person(uuid4(), None, guest=True, role="player", pseudonym=uuid4().hex)
    with database.write() as work:
        insert_person(work, person, NOW)
        keep_games(work, {"Breakout.v0": {"title": "Breakout"}, "Hanoi.v0": {"title": "Hanoi"}}, NOW)
    return person.id


def make_row(user_id: UUID | None, game_id: str = "Breakout.v0", status: str = "running") -> EpisodeRow:
    return EpisodeRow(
        id=uuid4(),
        user_id=user_id,
        game_id=game_id,
        seed=2**40,
        n_steps=0,
        status=status,
        time_created=NOW,
        time_updated=NOW,
        attempt_index=1,
        epoch=1,
        verification="pending",
    )


def make_steps(n: int, first: int = 0) -> list[StepRow]:
    return [StepRow(step, step % 4, 0.1, 0, step * 16_667, None) for step in range(first, first + n)]


def test_an_episode_comes_back_as_it_was_kept(database: Database, user_id: UUID) -> None:
    row = make_row(user_id)
    with database.write() as work:
        keep_episode(work, row)
    with database.read() as session:
        assert fetch_episode(session, row.id) == row
        assert fetch_episode(session, uuid4()) is None


def test_keeping_the_same_again_changes_nothing_not_even_the_time(database: Database, user_id: UUID) -> None:
    row = make_row(user_id)
    for time in (NOW, NOW + timedelta(hours=1)):
        with database.write() as work:
            keep_episode(work, replace(row, time_updated=time))
    with database.read() as session:
        assert fetch_episode(session, row.id) == row


def test_a_record_that_does_not_know_the_person_does_not_take_the_person_away(
    database: Database, user_id: UUID
) -> None:
    row = make_row(user_id)
    with database.write() as work:
        keep_episode(work, row)
        keep_episode(work, replace(row, user_id=None, status="won"))
    with database.read() as session:
        found = fetch_episode(session, row.id)
    assert found is not None
    assert (found.user_id, found.status) == (user_id, "won")


def test_episodes_are_listed_newest_first_page_by_page(database: Database, user_id: UUID) -> None:
    rows = [make_row(user_id) for _ in range(5)]
    with database.write() as work:
        for row in rows:
            keep_episode(work, row)
    with database.read() as session:
        first = fetch_episodes(session, EpisodeFilter(limit=2))
        second = fetch_episodes(session, EpisodeFilter(limit=9, before=first[-1].id))
    assert [row.id for row in first + second] == [row.id for row in reversed(rows)]


@pytest.mark.parametrize(
    ("wanted", "n"),
    [
        (EpisodeFilter(game_id="Hanoi.v0"), 1),
        (EpisodeFilter(status="won"), 2),
        (EpisodeFilter(status="won", game_id="Breakout.v0"), 1),
        (EpisodeFilter(user_id=UUID(int=0)), 0),
        (EpisodeFilter(before=UUID(int=0)), 0),
    ],
)
def test_only_what_passes_the_filter_is_listed(
    database: Database, user_id: UUID, wanted: EpisodeFilter, n: int
) -> None:
    with database.write() as work:
        for row in (make_row(user_id), make_row(user_id, status="won"), make_row(user_id, "Hanoi.v0", "won")):
            keep_episode(work, row)
    with database.read() as session:
        assert len(fetch_episodes(session, wanted)) == n


def test_steps_come_back_in_order_and_go_with_their_episode(database: Database, user_id: UUID) -> None:
    row, other = make_row(user_id), make_row(user_id)
    steps = [*make_steps(12_000), StepRow(12_000, None, -1.0, 1, 0, {"action": [0.5], "info": {"a": "ü"}})]
    with database.write() as work:
        key = keep_episode(work, row)
        insert_steps(work, {key: steps})
        insert_steps(work, {keep_episode(work, other): make_steps(3)})
    with database.read() as session:
        assert list(fetch_steps(session, key)) == steps
    with database.write() as work:
        delete_episode(work, row.id)
    with database.read() as session:
        assert count_steps(session, key) == 0
        assert count_steps(session, fetch_keys(session, [other.id])[other.id]) == 3


def test_steps_that_were_not_adopted_can_be_taken_back(database: Database, user_id: UUID) -> None:
    with database.write() as work:
        key = keep_episode(work, make_row(user_id))
        insert_steps(work, {key: make_steps(10)})
        delete_steps(work, {key: 4})
        insert_steps(work, {key: make_steps(2, first=4)})
    with database.read() as session:
        assert count_steps(session, key) == 6


def test_progress_and_verification_are_noted(database: Database, user_id: UUID) -> None:
    row = make_row(user_id)
    with database.write() as work:
        set_progress(work, {keep_episode(work, row): (60, 2)}, NOW)
        set_verification(work, row.id, "mismatch", "step 3", NOW)
    with database.read() as session:
        found = fetch_episode(session, row.id)
    assert found == replace(row, n_steps=60, epoch=2, verification="mismatch", verification_detail="step 3")


def test_a_game_keeps_its_first_time_and_its_newest_definition(database: Database) -> None:
    later = NOW + timedelta(days=1)
    with database.write() as work:
        keep_games(work, {"A.v0": {"title": "old"}, "B.v0": {"title": "same"}}, NOW)
    with database.write() as work:
        keep_games(work, {"A.v0": {"title": "new"}, "B.v0": {"title": "same"}}, later)
    with database.read() as session:
        found = {
            game.id: (game.config["title"], game.time_created, game.time_updated) for game in session.all(select(Game))
        }
    assert found == {"A.v0": ("new", NOW, later), "B.v0": ("same", NOW, NOW)}
