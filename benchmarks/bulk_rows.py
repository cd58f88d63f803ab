"""Rows of steps in SQL: how fast they go in, by which way, and what they take (decision record 0020).

A PostgreSQL of its own is started, whose commits wait for the disk. The rows with asyncpg need the package `asyncpg`,
which is no dependency of this project.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from benchmarks.report import Figure, Report, add_report_options, tell
from sqlalchemy import make_url
from tests.postgresql import empty_database, find_programs, restartable_postgresql

from skill_arcade.bench.durability.rows import N_PLAYERS, Commit, add_episodes, make_commits, measure_rows
from skill_arcade.database.schema import upgrade_schema
from skill_arcade.database.steps import StepRow, fetch_step_bytes, insert_steps
from skill_arcade.database.transactions import Database

ROWS_PER_COMMIT = (60, 1_800, 10_000)
"""A row of each player; what sixty play in half a second; an episode when it is sealed."""

COLUMNS = ("episode_key", *StepRow._fields)
MUST_BYTES = 90.0

Insert = Callable[[list[tuple[Any, ...]]], None]


def main() -> None:
    """Entry: `python -m benchmarks.bulk_rows`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=60_000, help="of each measurement")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement; the median counts")
    add_report_options(parser)
    arguments = parser.parse_args()
    report = Report("bulk_rows", rows=arguments.rows, runs=arguments.runs)
    programs = find_programs()
    assert programs is not None, "no PostgreSQL: run `apt-get install postgresql` as root"
    with restartable_postgresql(programs, is_synced=True) as server:
        for size in ROWS_PER_COMMIT:
            compare(report, server.url, size, arguments.rows, arguments.runs)
        for name, value, must in measure_bytes(server.url):
            report.add(Figure(name, value, "bytes/step", must=must))
    tell(report, arguments)


def compare(report: Report, server: str, size: int, n_rows: int, runs: int) -> None:
    """All ways, in turns: a machine that others use is slow now and then, and is so to all of them."""
    found: dict[str, list[float]] = {}
    for _ in range(runs):
        with TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'index.sqlite'}"
            upgrade_schema(url)
            cost = measure_rows(url, n_rows=n_rows, rows_per_commit=size)
            found.setdefault("SQLite", []).append(cost.rows_per_s)
        with migrated(server) as url:
            cost = measure_rows(url, n_rows=n_rows, rows_per_commit=size)
            found.setdefault("PostgreSQL", []).append(cost.rows_per_s)
        for name, ways in (("psycopg", psycopg_ways), ("asyncpg", asyncpg_ways)):
            with migrated(server) as url, ways(url) as inserts:
                for way, insert in inserts.items():
                    rate = measure_way(url, insert, size, n_rows)
                    found.setdefault(f"  {name} alone, {way}", []).append(rate)
    for name, rates in found.items():
        report.add(Figure(f"{name}: {size} rows a commit", statistics.median(rates), "rows/s", better="higher"))


@contextmanager
def migrated(server: str) -> Iterator[str]:
    with empty_database(server) as url:
        upgrade_schema(url)
        yield url


def measure_way(url: str, insert: Insert, size: int, n_rows: int) -> float:
    """Rows a second, of new episodes."""
    database = Database(url)
    commits = [flatten(rows) for rows in make_commits(add_episodes(database, N_PLAYERS), n_rows, size)]
    database.dispose()
    began_at_s = time.perf_counter()
    for rows in commits:
        insert(rows)
    return sum(map(len, commits)) / (time.perf_counter() - began_at_s)


def flatten(rows: Commit) -> list[tuple[Any, ...]]:
    return [(key, *row) for key, some in rows.items() for row in some]


@contextmanager
def psycopg_ways(url: str) -> Iterator[dict[str, Insert]]:
    """Without SQLAlchemy: what the driver itself can do."""
    names, marks = ", ".join(COLUMNS), ", ".join(["%s"] * len(COLUMNS))
    with psycopg.connect(address_of(url)) as connection:

        def copy(rows: list[tuple[Any, ...]]) -> None:
            with connection.cursor().copy(f"COPY step ({names}) FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)
            connection.commit()

        def copy_binary(rows: list[tuple[Any, ...]]) -> None:
            with connection.cursor().copy(f"COPY step ({names}) FROM STDIN (FORMAT BINARY)") as stream:
                stream.set_types(["int4", "int4", "int4", "float8", "int2", "int8", "json"])
                for row in rows:
                    stream.write_row(row)
            connection.commit()

        def execute_many(rows: list[tuple[Any, ...]]) -> None:
            connection.cursor().executemany(f"INSERT INTO step ({names}) VALUES ({marks})", rows)
            connection.commit()

        yield {"COPY": copy, "COPY, binary": copy_binary, "executemany": execute_many}


@contextmanager
def asyncpg_ways(url: str) -> Iterator[dict[str, Insert]]:
    """As our threads would have to use it: an event loop that runs for each transaction. Empty where it is missing."""
    try:
        asyncpg: Any = importlib.import_module("asyncpg")
    except ImportError:
        yield {}
        return
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(address_of(url)))

    async def copy(rows: list[tuple[Any, ...]]) -> None:
        async with connection.transaction():
            await connection.copy_records_to_table("step", records=rows, columns=COLUMNS)

    yield {"COPY": lambda rows: loop.run_until_complete(copy(rows))}
    loop.run_until_complete(connection.close())
    loop.close()


def address_of(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def measure_bytes(server: str) -> Iterator[tuple[str, float | None, float | None]]:
    """Bytes of a step on PostgreSQL, index included, for what is played and how it comes; what they must not exceed."""
    # The shorter episodes are, the more pages of the index are torn between two of them.
    for title, n_each, must in (("a minute", 3_600, MUST_BYTES), ("ten seconds", 600, None)):
        with migrated(server) as url:
            cost = measure_rows(url, n_rows=n_each * N_PLAYERS, rows_per_commit=1_800)
            yield f"{N_PLAYERS} episodes of {title} at once, half a second a commit", cost.bytes_per_row, must
    with migrated(server) as url:
        yield "episodes of a minute one after another, as they are sealed", measure_whole(url), MUST_BYTES


def measure_whole(url: str, n_episodes: int = N_PLAYERS, n_each: int = 3_600) -> float | None:
    """Bytes of a step where episodes come whole."""
    database = Database(url)
    for key in add_episodes(database, n_episodes):
        (rows,) = make_commits([key], n_each, n_each)
        with database.write() as work:
            insert_steps(work, rows)
    with database.read() as session:
        n_bytes = fetch_step_bytes(session)
    database.dispose()
    return None if n_bytes is None else n_bytes / (n_episodes * n_each)


if __name__ == "__main__":
    main()
