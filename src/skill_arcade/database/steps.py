"""Queries about the steps of an episode, as compact rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from skill_arcade.database.tables import Episode, Step
from skill_arcade.database.transactions import ReadSession, UnitOfWork

TERMINATED, TRUNCATED, INVALID = 1, 2, 4

_ROWS_AT_ONCE = 5_000


class StepRow(NamedTuple):
    """One step in the index; see `tables.Step` for what each column means.

    A tuple, as it comes and goes sixty times a second for each player: a dataclass takes three times as long to make.
    """

    step: int
    action: int | None
    reward: float | None
    flags: int
    t_utc_us: int
    extra: Mapping[str, Any] | None


def insert_steps(work: UnitOfWork, rows: Mapping[int, Sequence[StepRow]]) -> None:
    """Add steps that are not there yet, of each episode by its key."""
    names = ("episode_key", *StepRow._fields)
    work.insert_tuples(Step, names, [(key, *row) for key, some in rows.items() for row in some])


def delete_steps(work: UnitOfWork, first_steps: Mapping[int, int]) -> None:
    """Forget steps, of each episode's key from a number on; until the transaction ends, nobody else writes these."""
    if not first_steps:
        return
    # Of two who write the same steps at once, the second must see what the first wrote. All lock in one order.
    episodes = select(col(Episode.key)).where(col(Episode.key).in_(first_steps)).order_by(col(Episode.key))
    work.all(episodes.with_for_update(key_share=True))
    statement = delete(Step).where(col(Step.episode_key) == bindparam("key"), col(Step.step) >= bindparam("first"))
    work.run(statement, [{"key": key, "first": first} for key, first in first_steps.items()])


def count_steps(session: ReadSession, episode_key: int) -> int:
    """How many steps of the episode are indexed."""
    return session.first(select(func.count()).select_from(Step).where(Step.episode_key == episode_key)) or 0


def fetch_step_bytes(session: ReadSession) -> int | None:
    """What all steps take, indexes included; None where the database does not say (SQLite)."""
    return session.fetch_table_bytes(Step)


def fetch_steps(session: ReadSession, episode_key: int) -> Iterator[StepRow]:
    """The episode's steps, in order."""
    first = 0
    while True:
        # Columns and no objects, which cost many times as much: every step that is sealed comes by here.
        statement = (
            select_columns(*(getattr(Step, name) for name in StepRow._fields))
            .where(col(Step.episode_key) == episode_key, col(Step.step) >= first)
            .order_by(col(Step.step))
            .limit(_ROWS_AT_ONCE)
        )
        rows = session.rows(statement)
        yield from map(StepRow._make, rows)
        if len(rows) < _ROWS_AT_ONCE:
            return
        first = rows[-1].step + 1
