"""Sealed episodes without a line of this project (REC-36)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from tests.recorder.recordings import PROVENANCE, CountingJournal, picture_of, step_of

from skill_arcade.archive.layout import Table
from skill_arcade.archive.local import LocalStore
from skill_arcade.recorder.seal import seal_episode

N_STEPS = 12


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """The archive of two games."""
    for game_id in ("Counting.v0", "ALE/Pong-v5"):
        folder = tmp_path / "journal" / game_id.replace("/", "-")
        CountingJournal.begin(folder, provenance={**PROVENANCE, "game_id": game_id}).play(N_STEPS).end()
        seal_episode(folder, LocalStore(tmp_path))
    return tmp_path / "archive"


def query(sql: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(sql).fetchall()


def test_duckdb_reads_every_table_with_game_and_date(archive: Path) -> None:
    """REC-35, REC-36."""
    for table in Table:
        rows = query(f"SELECT DISTINCT game_id, date::varchar FROM '{archive}/{table}/**/*.parquet' ORDER BY 1")
        expected = [("ALE/Pong-v5", "2026-01-31"), ("Counting.v0", "2026-01-31")]
        assert rows == ([] if table is Table.CLOCK_SAMPLES else expected)


def test_duckdb_sums_rewards_to_the_score(archive: Path) -> None:
    """REC-44, REC-41."""
    scores = query(f"""
        SELECT sum(step.reward) - any_value(episode.score), count(*)
        FROM '{archive}/steps/**/*.parquet' step JOIN '{archive}/episodes/**/*.parquet' episode
        USING (episode_id, game_id) GROUP BY game_id
    """)
    assert scores == [(pytest.approx(0), N_STEPS)] * 2


@pytest.mark.parametrize("table", list(Table))
def test_pyarrow_reads_a_whole_table(archive: Path, table: Table) -> None:
    """REC-36: with either of its two ways, columns of the path included."""
    as_dataset = ds.dataset(archive / table, partitioning="hive").to_table()
    as_table = pq.read_table(archive / table)
    assert set(as_dataset.column_names) == set(as_table.column_names) >= {"episode_id", "game_id", "date"}
    assert as_dataset.num_rows == as_table.num_rows


def test_pyarrow_reads_pictures_and_steps(archive: Path) -> None:
    """REC-44, REC-46."""
    frames = ds.dataset(archive / "frames", partitioning="hive")
    rows = frames.to_table(filter=ds.field("game_id") == "Counting.v0").sort_by("step").to_pylist()
    assert [row["step"] for row in rows] == list(range(N_STEPS + 1))
    for row in rows:
        picture = np.frombuffer(row["picture"], np.uint8).reshape(4, 5)
        assert np.array_equal(picture, picture_of(row["step"]))
    steps = ds.dataset(archive / "steps", partitioning="hive").to_table(filter=ds.field("game_id") == "Counting.v0")
    assert steps.sort_by("step").column("t_tick_ns").to_pylist() == [step_of(s).t_tick_ns for s in range(N_STEPS)]
