"""How a connection is opened, so that a commit is on the disk and a reader never blocks a writer."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from skill_arcade.database.storable_text import encode_ascii_json
from skill_arcade.domain.errors import DataFolderError

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another: longer than our transactions, shorter than patience."""

DRIVER = "postgresql+psycopg"


def make_engine(url: str, *, is_patient: bool = False) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`.

    With the execution option `writes=True` its transactions may write; without, they are read-only.

    Args:
        url: where the database is.
        is_patient: on PostgreSQL a statement may take hours, as those of migrations do.

    Raises:
        DataFolderError: the URL is wrong, or its driver is not installed.
    """
    place = _parse_url(url)
    if place.get_backend_name() == "sqlite":
        engine = _make_sqlite_engine(place)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    try:
        # Imported late: with SQLite, psycopg need not be there.
        from skill_arcade.database.postgresql import make_postgresql_engine  # noqa: PLC0415
    except ImportError as error:  # also where psycopg finds no libpq
        raise DataFolderError(
            "PostgreSQL needs the library psycopg: run `pip install 'skill-arcade[postgresql]'`."
        ) from error
    engine = make_postgresql_engine(place, is_patient=is_patient)
    event.listen(engine, "begin", _begin_on_postgresql)
    return engine


def _parse_url(url: str) -> URL:
    try:
        place = make_url(url)
    except ArgumentError:
        place = None
    if place is not None and place.drivername in {"postgres", "postgresql"}:
        place = place.set(drivername=DRIVER)
    if place is None or place.drivername not in {"sqlite", "sqlite+pysqlite", DRIVER}:
        # Without the address itself: there may be a password in it.
        raise DataFolderError(
            f"The database's address (SKILL_ARCADE_DATABASE_URL) is not like `{DRIVER}://user@host/name`."
        )
    return place


def _make_sqlite_engine(url: URL) -> Engine:
    # Each of the web server's threads holds a connection while it works: five would make them queue.
    engine = create_engine(url, pool_size=20, max_overflow=40, json_serializer=encode_ascii_json, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite_connection)
    return engine


def _prepare_sqlite_connection(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    # Without this the driver begins transactions by itself, too late, and commits before DDL.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # with NORMAL a power loss takes committed rows away
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin_on_sqlite(connection: Connection) -> None:
    writes = _writes(connection)
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if writes else 'ON'}")
    # A writer takes the lock at once: one that read first could fail midway, and no timeout helps then.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_on_postgresql(connection: Connection) -> None:
    if not _writes(connection):
        # Without a level of its own every statement would see another moment.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _writes(connection: Connection) -> bool:
    options: dict[str, Any] = dict(connection.get_execution_options())
    return bool(options.get("writes"))
