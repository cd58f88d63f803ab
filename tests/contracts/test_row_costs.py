"""What a step costs in SQL."""

from __future__ import annotations

import pytest
from tests.contracts.made_up import read_sql

from skill_arcade.bench.durability.rows import measure_rows
from skill_arcade.database.transactions import Database


def test_a_step_takes_at_most_ninety_bytes_on_postgresql_index_included(postgresql_database: Database) -> None:
    """Of sixty who play at once for half a minute, as their steps come; longer episodes take less."""
    cost = measure_rows(postgresql_database.url, n_rows=60 * 1800, rows_per_commit=1800)
    assert read_sql(postgresql_database, "SELECT count(*), count(DISTINCT episode_key) FROM step") == [(108_000, 60)]
    assert cost.bytes_per_row is not None
    assert 60 < cost.bytes_per_row <= 90


@pytest.mark.parametrize("rows_per_commit", [7, 60, 1000])
def test_what_is_measured_is_inserted(database: Database, rows_per_commit: int) -> None:
    cost = measure_rows(database.url, n_rows=600, rows_per_commit=rows_per_commit, n_players=6)
    assert cost.rows_per_s > 0
    assert (cost.bytes_per_row is None) is database.url.startswith("sqlite")
    ((n_rows, n_each),) = read_sql(database, "SELECT count(*), max(step) + 1 FROM step")
    assert n_rows == 6 * n_each >= 600
