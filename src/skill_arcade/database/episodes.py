"""Queries about episodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, update
from sqlmodel import col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from skill_arcade.database.tables import Attempt, Episode
from skill_arcade.database.transactions import ReadSession, UnitOfWork
from skill_arcade.domain.episode import Status, Verification
from skill_arcade.domain.generation import EPOCHS_OF_A_GENERATION


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """An episode in the index; the names are those of RECORDING.md, REC-40 and REC-41.

    Attributes:
        user_id: None when the person is not known here.
        status: `running` until it ends; then `won`, `lost` or `incomplete`.
        time_created: its start.
        time_updated: when this row was last changed.
        ended_at: its end; None while it runs.
        epoch: the newest epoch whose steps are indexed.
        sealed: its Parquet files are complete.
        server_id: the server that plays it, or did; None if none says so. It is only noted with the first row: from
            then on it is moved by `ownership.py` alone.
        options: the values of all of the game's options, by name.
    """

    id: UUID
    user_id: UUID | None
    game_id: str
    seed: int
    n_steps: int
    status: str
    time_created: datetime
    time_updated: datetime
    attempt_index: int
    epoch: int
    verification: str
    ended_at: datetime | None = None
    score: float | None = None
    metric: float | None = None
    active_time_s: float | None = None
    end_reason: str | None = None
    end_detail: str | None = None
    played_by: str | None = None
    verification_detail: str | None = None
    sealed: bool = False
    server_id: UUID | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


_COLUMNS = tuple(column.name for column in fields(EpisodeRow))
_NEVER_CHANGED_HERE = {"server_id", "time_updated"}


@dataclass(frozen=True, slots=True)
class EpisodeFilter:
    """Which episodes are asked for, newest first; None means: any.

    Attributes:
        before: only those that come after this one in the list.
        limit: at most so many.
    """

    user_id: UUID | None = None
    game_id: str | None = None
    status: str | None = None
    before: UUID | None = None
    limit: int = 50


def fetch_episode(session: ReadSession, episode_id: UUID) -> EpisodeRow | None:
    """The episode with this id; in a transaction that may write, nobody else changes it until that ends."""
    row = session.first(_select_one(episode_id, locked=isinstance(session, UnitOfWork)))
    return None if row is None else _row_of(row)


def fetch_episodes(session: ReadSession, wanted: EpisodeFilter) -> list[EpisodeRow]:
    """The episodes that pass the filter, newest first."""
    statement = select(Episode)
    if wanted.user_id is not None:
        statement = statement.where(Episode.user_id == wanted.user_id)
    if wanted.game_id is not None:
        statement = statement.where(Episode.game_id == wanted.game_id)
    if wanted.status == Status.RUNNING:
        statement = statement.where(is_running())
    elif wanted.status is not None:
        statement = statement.where(Episode.status == wanted.status)
    if wanted.before is not None:
        key_before = select(Episode.key).where(Episode.id == wanted.before).scalar_subquery()
        statement = statement.where(col(Episode.key) < key_before)
    return [_row_of(row) for row in session.all(statement.order_by(col(Episode.key).desc()).limit(wanted.limit))]


def fetch_keys(session: ReadSession, episode_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The integer keys of those of these episodes that are indexed."""
    return dict(session.rows(select(col(Episode.id), col(Episode.key)).where(col(Episode.id).in_(list(episode_ids)))))


def keep_episode(work: UnitOfWork, row: EpisodeRow) -> int:
    """Make the index say this of an episode; its integer key.

    A person that the row does not know is kept: a record knows people only by pseudonym.
    """
    row = replace(row, options=in_order(row.options))
    episode = work.first(_select_one(row.id, locked=True))
    if episode is None:
        add_episode_if_missing(work, row)
        episode = work.first(_select_one(row.id, locked=True))  # ours, or that of somebody a moment faster
    assert episode is not None
    assert episode.key is not None
    known = row if row.user_id is not None else replace(row, user_id=episode.user_id)
    for name in _COLUMNS:
        if name not in _NEVER_CHANGED_HERE and getattr(episode, name) != getattr(known, name):
            setattr(episode, name, getattr(known, name))
            episode.time_updated = row.time_updated
    # It goes up by itself only where the row is older than the record: an index that was lost, or restored.
    episode.generation = max(episode.generation, _generation_of(row))
    work.flush()
    return episode.key


def add_episode_if_missing(work: UnitOfWork, row: EpisodeRow) -> None:
    """Make sure that there is a row of this episode, without changing the one that is there."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    values["options"] = in_order(row.options)
    work.insert_if_absent(Episode, [{**values, "generation": _generation_of(row)}])


def set_progress(work: UnitOfWork, progress: Mapping[int, tuple[int, int]], now: datetime) -> None:
    """Note how far running episodes are: of each key the number of steps, and the epoch."""
    if progress:
        statement = update(Episode).where(col(Episode.key) == bindparam("its_key"))
        values = {"n_steps": bindparam("its_n_steps"), "epoch": bindparam("its_epoch"), "time_updated": now}
        rows = [{"its_key": key, "its_n_steps": n, "its_epoch": epoch} for key, (n, epoch) in progress.items()]
        work.run(statement.values(values), rows)


def set_verification(work: UnitOfWork, episode_id: UUID, verification: str, detail: str | None, now: datetime) -> None:
    """Note what replaying the recording showed."""
    values = {"verification": verification, "verification_detail": detail, "time_updated": now}
    work.run(update(Episode).where(col(Episode.id) == episode_id).values(values))


def lock_episodes(work: UnitOfWork, episode_ids: Iterable[UUID]) -> None:
    """Let nobody else change these episodes until the transaction ends; all lock in one order."""
    # SQLite needs none of it: it has one writer at a time.
    known = select(col(Episode.key)).where(col(Episode.id).in_(list(episode_ids))).order_by(col(Episode.key))
    work.all(known.with_for_update(key_share=True))


def delete_episode(work: UnitOfWork, episode_id: UUID) -> None:
    """Forget an episode and its steps."""
    work.run(delete(Episode).where(col(Episode.id) == episode_id))


def delete_unbegun(
    work: UnitOfWork,
    before: datetime,
    may_have_record: Callable[[UUID, int], bool],
    *,
    server_id: UUID | None,
    only: UUID | None = None,
) -> list[UUID]:
    """Forget episodes that were to begin up to a moment and have no record, and their attempts; their ids.

    Args:
        work: the transaction.
        before: the moment.
        may_have_record: (id, generation) whether an episode may have one, and so is not to be forgotten. What was taken
            over may have all of its record elsewhere: the index knows of none where it gets no rows of running ones.
        server_id: only those of this server; with None, of none.
        only: this episode and no other.
    """
    statement = (
        select(Episode)
        .where(is_running(), Episode.server_id == server_id, Episode.epoch == 0, Episode.time_created <= before)
        .order_by(col(Episode.key))
        .with_for_update(key_share=True)
    )
    if only is not None:
        statement = statement.where(Episode.id == only)
    unbegun = [row for row in work.all(statement) if not may_have_record(row.id, row.generation)]
    for row in sorted(unbegun, key=lambda row: row.attempt_index, reverse=True):
        # The number of the newest attempt is free again; an older one stays unused.
        newest = (
            col(Attempt.user_id) == row.user_id,
            col(Attempt.game_id) == row.game_id,
            col(Attempt.n) == row.attempt_index,
        )
        work.run(update(Attempt).where(*newest).values(n=row.attempt_index - 1))
        work.run(delete(Episode).where(col(Episode.id) == row.id))
    return [row.id for row in unbegun]


def is_running() -> ColumnElement[bool]:
    """The condition of the index of running episodes, word for word: with a parameter no database would use it."""
    return col(Episode.status) == literal_column(f"'{Status.RUNNING}'")


def waits_for_sealing() -> ColumnElement[bool]:
    """Not sealed, whether it has ended or not. What was given up before it was sealed waits for nothing any more."""
    return and_(col(Episode.sealed).is_(False), col(Episode.verification) == Verification.PENDING)


def in_order(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options in the order of their names, as they are stored and compared."""
    return dict(sorted(options.items()))


def _select_one(episode_id: UUID, *, locked: bool) -> SelectOfScalar[Episode]:
    statement = select(Episode).where(Episode.id == episode_id)
    if locked:  # SQLite needs none of it: it has one writer at a time
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return statement


def _generation_of(row: EpisodeRow) -> int:
    return row.epoch // EPOCHS_OF_A_GENERATION


def _row_of(episode: Episode) -> EpisodeRow:
    return EpisodeRow(**{name: getattr(episode, name) for name in _COLUMNS})
