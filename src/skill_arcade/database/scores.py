"""Queries about how far people came: one person in every game, and everybody in one game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from skill_arcade.database.episodes import in_order, is_running
from skill_arcade.database.tables import Attempt, Episode
from skill_arcade.database.transactions import ReadSession
from skill_arcade.domain.episode import PlayedBy, Status


@dataclass(frozen=True, slots=True)
class RunningEpisode:
    """An episode that the person may go on with."""

    episode_id: UUID
    n_steps: int
    options: Mapping[str, Any]
    started: datetime


@dataclass(frozen=True, slots=True)
class Extremes:
    """The lowest and the highest metric of a person in one game with the same options."""

    game_id: str
    options: Mapping[str, Any]
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Score:
    """How well one person once did."""

    user_id: UUID
    metric: float
    score: float | None
    n_steps: int
    time: datetime
    status: str


@dataclass(frozen=True, slots=True)
class ScoreList:
    """The best of a game, better ones first and one for each person; and out of how many."""

    scores: list[Score]
    n_players: int
    n_episodes: int


def fetch_attempts(session: ReadSession, user_id: UUID, game_id: str | None = None) -> dict[str, int]:
    """How often the person has begun each game."""
    statement = select(Attempt).where(Attempt.user_id == user_id)
    if game_id is not None:
        statement = statement.where(Attempt.game_id == game_id)
    return {row.game_id: row.n for row in session.all(statement)}


def fetch_last_played(session: ReadSession, user_id: UUID, game_id: str | None = None) -> dict[str, datetime]:
    """When the person last played each game: the end of an episode, or the newest news of one that runs."""
    ended = func.coalesce(col(Episode.ended_at), col(Episode.time_created))
    played = case((is_running(), col(Episode.time_updated)), else_=ended)
    statement = select_columns(col(Episode.game_id), func.max(played)).where(*_of(user_id, game_id))
    return {row[0]: row[1] for row in session.rows(statement.group_by(col(Episode.game_id)))}


def fetch_running(session: ReadSession, user_id: UUID, game_id: str | None = None) -> dict[str, RunningEpisode]:
    """The newest running episode of each game."""
    statement = select(Episode).where(*_of(user_id, game_id), is_running()).order_by(col(Episode.key))
    return {
        row.game_id: RunningEpisode(row.id, row.n_steps, row.options, row.time_created)
        for row in session.all(statement)
    }


def fetch_extremes(session: ReadSession, user_id: UUID, game_id: str | None = None) -> list[Extremes]:
    """How far the person came, for each game and each choice of its options."""
    metric, group = col(Episode.metric), (col(Episode.game_id), col(Episode.options))
    statement = (
        select_columns(*group, func.min(metric), func.max(metric))
        .where(*_of(user_id, game_id), *_counts())
        .group_by(*group)
        .order_by(func.min(col(Episode.key)))
    )
    return [Extremes(*row) for row in session.rows(statement)]


def fetch_scores(
    session: ReadSession, game_id: str, options: Mapping[str, Any], *, higher_is_better: bool, limit: int
) -> ScoreList:
    """The best that people did in a game with exactly these options; of equals, the earlier first."""
    matches = (
        col(Episode.game_id) == game_id,
        col(Episode.options) == in_order(options),
        col(Episode.played_by) == PlayedBy.HUMAN,
        col(Episode.user_id).is_not(None),
        *_counts(),
    )
    metric = col(Episode.metric)
    time = func.coalesce(col(Episode.ended_at), col(Episode.time_created))
    facts = (col(Episode.user_id), metric, col(Episode.score), col(Episode.n_steps), time, col(Episode.status))
    order = (metric.desc() if higher_is_better else metric.asc(), col(Episode.key))
    # Along the index, and again without those who are found: the best few of very many are found quickly.
    statement = select_columns(*facts).where(*matches).order_by(*order).limit(limit)
    found: dict[UUID, Score] = {}
    while len(found) < limit:
        rows = session.rows(statement.where(col(Episode.user_id).not_in(list(found))))
        for row in rows:
            found.setdefault(row[0], Score(*row))
        if len(rows) < limit:
            break
    counts = select_columns(func.count(func.distinct(col(Episode.user_id))), func.count()).where(*matches)
    ((n_players, n_episodes),) = session.rows(counts)
    return ScoreList(list(found.values())[:limit], n_players, n_episodes)


def _of(user_id: UUID, game_id: str | None) -> tuple[ColumnElement[bool], ...]:
    mine = col(Episode.user_id) == user_id
    return (mine,) if game_id is None else (mine, col(Episode.game_id) == game_id)


def _counts() -> tuple[ColumnElement[bool], ...]:
    """An episode that its environment ended, and that says how well it went."""
    return (
        col(Episode.metric).is_not(None),
        col(Episode.status).in_((Status.WON, Status.LOST)),
        col(Episode.n_steps) > 0,
    )
