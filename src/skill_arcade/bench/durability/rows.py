"""How fast steps go into a database, and what they take there: as they come while many people play."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from skill_arcade.database.episodes import EpisodeRow, keep_episode
from skill_arcade.database.games import add_games_if_missing
from skill_arcade.database.steps import StepRow, fetch_step_bytes, insert_steps
from skill_arcade.database.transactions import Database
from skill_arcade.domain.episode import Status, Verification

N_PLAYERS = 60
STEP_US = 16_667

Commit = dict[int, list[StepRow]]
"""What one transaction inserts: rows by the key of their episode."""


@dataclass(frozen=True, slots=True)
class RowCost:
    """What inserting steps cost.

    Attributes:
        rows_per_s: inserted and committed.
        bytes_per_row: in table and index; None where the database does not say (SQLite).
    """

    rows_per_s: float
    bytes_per_row: float | None


def measure_rows(url: str, *, n_rows: int, rows_per_commit: int, n_players: int = N_PLAYERS) -> RowCost:
    """Insert steps of running episodes side by side, a little of each in every transaction, as the shipper does.

    Args:
        url: of a database with the newest schema, of which nobody needs anything: what is inserted stays there.
        n_rows: at least so many in all.
        rows_per_commit: of all episodes together.
        n_players: how many episodes.
    """
    database = Database(url)
    try:
        keys = add_episodes(database, n_players)
        commits = make_commits(keys, n_rows, rows_per_commit)
        with database.read() as session:
            bytes_before = fetch_step_bytes(session)
        began_at_s = time.perf_counter()
        for rows in commits:
            with database.write() as work:
                insert_steps(work, rows)
        took_s = time.perf_counter() - began_at_s
        n_inserted = sum(len(some) for rows in commits for some in rows.values())
        with database.read() as session:
            bytes_after = fetch_step_bytes(session)
    finally:
        database.dispose()
    if bytes_before is None or bytes_after is None:
        return RowCost(n_inserted / took_s, None)
    return RowCost(n_inserted / took_s, (bytes_after - bytes_before) / n_inserted)


def make_commits(keys: list[int], n_rows: int, rows_per_commit: int) -> list[Commit]:
    """The rows of these episodes, an equal number of each in every commit; the last one may be smaller than asked."""
    n_each = max(1, rows_per_commit // len(keys))
    n_commits = -(-n_rows // (n_each * len(keys)))
    return [{key: list(_make_steps(n_each * i, n_each)) for key in keys} for i in range(n_commits)]


def add_episodes(database: Database, n: int) -> list[int]:
    """Running episodes of nobody; their keys."""
    now = datetime.now(UTC)
    with database.write() as work:
        add_games_if_missing(work, {"Rows.v0": {}}, now)
        return [keep_episode(work, _make_episode(now)) for _ in range(n)]


def _make_episode(now: datetime) -> EpisodeRow:
    return EpisodeRow(
        id=uuid4(),
        user_id=None,
        game_id="Rows.v0",
        seed=0,
        n_steps=0,
        status=Status.RUNNING,
        time_created=now,
        time_updated=now,
        attempt_index=1,
        epoch=1,
        verification=Verification.PENDING,
    )


def _make_steps(first: int, n: int) -> Iterator[StepRow]:
    """As Atari's are: a small action, seldom a reward, never more."""
    for step, _ in zip(count(first), range(n), strict=False):
        yield StepRow(step, step % 18, float(step % 64 == 0), 0, 1_767_225_600_000_000 + step * STEP_US, None)
