"""Queries about the steps of an episode, as compact rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import delete, func, insert
from sqlmodel import col, select

from skill_arcade.database.tables import Episode, Step
from skill_arcade.database.transactions import ReadSession, UnitOfWork

TERMINATED, TRUNCATED, INVALID = 1, 2, 4

_ROWS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step in the index; see `tables.Step` for what each column means."""

    step: int
    action: int | None
    reward: float
    flags: int
    t_utc_us: int
    extra: Mapping[str, Any] | None


def insert_steps(work: UnitOfWork, episode_key: int, rows: Sequence[StepRow]) -> None:
    """Add steps that are not there yet."""
    remaining = iter(rows)
    while some := list(islice(remaining, _ROWS_AT_ONCE)):
        work.run(insert(Step), [_values_of(episode_key, row) for row in some])


def delete_steps(work: UnitOfWork, episode_key: int, first_step: int = 0) -> None:
    """Forget an episode's steps from `first_step` on; until the transaction ends, nobody else writes the episode."""
    # Of two who write the same steps at once, the second must see what the first wrote.
    work.first(select(col(Episode.key)).where(Episode.key == episode_key).with_for_update(key_share=True))
    work.run(delete(Step).where(col(Step.episode_key) == episode_key, col(Step.step) >= first_step))


def count_steps(session: ReadSession, episode_key: int) -> int:
    """How many steps of the episode are indexed."""
    return session.first(select(func.count()).select_from(Step).where(Step.episode_key == episode_key)) or 0


def fetch_steps(session: ReadSession, episode_key: int) -> Iterator[StepRow]:
    """The episode's steps, in order."""
    first = 0
    while True:
        statement = (
            select(Step)
            .where(Step.episode_key == episode_key, Step.step >= first)
            .order_by(col(Step.step))
            .limit(_ROWS_AT_ONCE)
        )
        rows = session.all(statement)
        for row in rows:
            yield StepRow(row.step, row.action, row.reward, row.flags, row.t_utc_us, row.extra)
        if len(rows) < _ROWS_AT_ONCE:
            return
        first = rows[-1].step + 1


def _values_of(episode_key: int, row: StepRow) -> dict[str, Any]:
    return {
        "episode_key": episode_key,
        "step": row.step,
        "action": row.action,
        "reward": row.reward,
        "flags": row.flags,
        "t_utc_us": row.t_utc_us,
        "extra": None if row.extra is None else dict(row.extra),
    }
