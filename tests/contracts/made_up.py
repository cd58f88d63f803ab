"""Episodes and steps that nobody played."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.database.episodes import EpisodeRow, fetch_keys, keep_episode
from skill_arcade.database.games import keep_games
from skill_arcade.database.steps import StepRow, fetch_steps
from skill_arcade.database.transactions import Database
from skill_arcade.recorder.episode_facts import EpisodeFacts

NOW = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)
STEPS = [
    StepRow(0, 3, 1.5, 0, 1_767_225_600_000_001, None),
    StepRow(1, None, -0.1, 5, 1_767_225_600_016_667, {"action": [0.5, 1.0], "info": {"a": "ü"}}),
]


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


def make_facts(**facts: Any) -> EpisodeFacts:
    """Of an episode that runs, where nothing else is said."""
    made = EpisodeFacts(
        episode_id=uuid4(),
        user=None,
        game_id="Breakout.v0",
        game={},
        seed=1,
        attempt_index=1,
        epoch=1,
        n_steps=0,
        started_utc=NOW,
        played_by="human",
    )
    return replace(made, **facts)


def make_rows(n: int, first: int = 0, action: int = 1) -> list[StepRow]:
    return [StepRow(step, action, 0.0, 0, step, None) for step in range(first, first + n)]


def read_rows(database: Database, episode_id: UUID) -> list[StepRow]:
    with database.read() as session:
        return list(fetch_steps(session, fetch_keys(session, [episode_id])[episode_id]))


def read_sql(database: Database, statement: str) -> list[tuple[Any, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session._session.connection().execute(text(statement)).all()]
