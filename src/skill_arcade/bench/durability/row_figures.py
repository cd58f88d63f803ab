"""How fast steps go into both databases, and what they take there."""

from __future__ import annotations

import tempfile
from pathlib import Path

from skill_arcade.bench.durability.fresh import fresh_database
from skill_arcade.bench.durability.rows import N_PLAYERS, measure_rows
from skill_arcade.bench.figures import Figure, Report
from skill_arcade.database.schema import upgrade_schema

ROWS_PER_COMMIT = 1_800
"""What sixty play in half a second: a commit of the shipper has more, after two seconds, and is as quick or quicker."""

MUST_BYTES = 90.0

_N_ROWS = 3_600 * N_PLAYERS
"""A minute of each: the shorter episodes are, the more pages of the index are torn between two of them."""


def add_rows(report: Report, database_url: str | None, *, quick: bool) -> None:
    """Measure SQLite, and PostgreSQL where its address is given, of an empty database."""
    n_rows = _N_ROWS // 20 if quick else _N_ROWS
    with tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'index.sqlite'}"
        upgrade_schema(url)
        cost = measure_rows(url, n_rows=n_rows, rows_per_commit=ROWS_PER_COMMIT)
    report.add(Figure("bulk insert, SQLite", cost.rows_per_s, "rows/s", better="higher"))
    if database_url is None:
        return
    with fresh_database(database_url) as url:
        cost = measure_rows(url, n_rows=n_rows, rows_per_commit=ROWS_PER_COMMIT)
    report.add(
        Figure("bulk insert, PostgreSQL", cost.rows_per_s, "rows/s", better="higher"),
        # A few seconds of each episode are mostly pages that are not full yet.
        Figure(
            "a transition in PostgreSQL, index included", cost.bytes_per_row, "bytes", None if quick else MUST_BYTES
        ),
    )
