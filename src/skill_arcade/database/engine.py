"""How a connection is opened, so that a commit is on the disk and a reader never blocks a writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from skill_arcade.database.storable_text import encode_json
from skill_arcade.domain.errors import DataFolderError

BUSY_TIMEOUT_MS = 15_000
"""How long a writer waits for another: longer than our transactions, shorter than patience."""


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://…`.

    With the execution option `writes=True` its transactions may write; without, they are read-only.

    Raises:
        DataFolderError: the URL is wrong, or its driver is not installed.
    """
    try:
        if make_url(url).get_backend_name() == "sqlite":
            # Each of the web server's threads holds a connection while it works: five would make them queue.
            engine = create_engine(url, pool_size=20, max_overflow=40)
            event.listen(engine, "connect", _prepare_sqlite_connection)
            event.listen(engine, "begin", _begin_on_sqlite)
        else:
            engine = create_engine(url, pool_pre_ping=True, json_serializer=encode_json)
            event.listen(engine, "begin", _begin_on_postgresql)
    except ArgumentError:
        raise DataFolderError("The database's address is not like `postgresql+psycopg://user@host/name`.") from None
    except ModuleNotFoundError as error:
        raise DataFolderError(
            f"The database needs the library {error.name}; for PostgreSQL run `pip install 'psycopg[binary]'`."
        ) from error
    return engine


@contextmanager
def told_to_a_person(url: str) -> Iterator[None]:
    """Say in one sentence what is wrong with the database, without the statement and its parameters.

    Raises:
        DataFolderError: the database cannot be opened, read or written.
    """
    try:
        yield
    except DatabaseError as error:
        # Its other kinds (a broken constraint, say) are faults of the program and stay what they are.
        if type(error) not in {DatabaseError, OperationalError}:
            raise
        place = url.rsplit("@", 1)[-1]  # a password stands before the @
        raise DataFolderError(f"The database {place} cannot be used: {error.orig}.") from error


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
