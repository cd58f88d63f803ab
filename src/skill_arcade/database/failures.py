"""What is told of a database that fails: one sentence, without the statement, its parameters or a password."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from skill_arcade.domain.errors import DataFolderError, StorageFull

CONFLICTS = frozenset({"40001", "40P01"})
"""The states of PostgreSQL that undo a transaction for another's sake: a serialization failure, a deadlock."""

OTHER_SCHEMA = frozenset({"42P01", "42703"})
"""A table or a column is not there."""

NOT_ALLOWED = "42501"
READ_ONLY = "25006"
DISK_FULL = "53100"

_ASIDE = "Is the server running"
"""What the library of PostgreSQL asks after it has said what it has to say."""


class DatabaseFull(StorageFull, DataFolderError):
    """The disk of the database is full: it takes no changes until there is room."""

    def __init__(self) -> None:
        super().__init__("The disk of the server's database is full: nothing new can be recorded.")


class GaveWay(DataFolderError):
    """The database undid the whole transaction to let another one through: the same again will do."""


@contextmanager
def told_to_a_person(url: str) -> Iterator[None]:
    """Say in one sentence what is wrong with the database.

    Raises:
        DataFolderError: the database cannot be opened, read or written.
        DatabaseFull: there is no room for what is written.
        GaveWay: it can, and the transaction has to be done once more.
    """
    try:
        yield
    except PoolTimeout as error:
        raise DataFolderError(f"The database {_name_of(url)} is too slow: all connections are in use.") from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in OTHER_SCHEMA:
            raise DataFolderError(
                f"The database {_name_of(url)} has other tables than this program: run `skill-arcade migrate`."
            ) from error
        if state == READ_ONLY:
            raise DataFolderError(
                f"The database {_name_of(url)} takes no changes: it is a standby, or set to be read-only."
            ) from error
        if state == DISK_FULL or getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise DatabaseFull from error
        if not _is_of_the_database(error, state):
            raise
        kind = GaveWay if state in CONFLICTS else DataFolderError
        raise kind(f"The database {_name_of(url)} cannot be used: {_reason_of(error)}.") from error


def _is_of_the_database(error: DBAPIError, state: str | None) -> bool:
    """Whether the database is at fault, and not the program: a constraint that is broken, say, stays what it is."""
    if type(error) in {DatabaseError, OperationalError} or state == NOT_ALLOWED:
        return True
    # On PostgreSQL: a connection that was lost before; a database that is damaged.
    return type(error) in {InterfaceError, InternalError} and hasattr(error.orig, "sqlstate")


def _name_of(url: str) -> str:
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        return place.database or ":memory:"
    host = place.host or place.query.get("host") or "localhost"
    port = f":{place.port}" if place.port is not None else ""
    return f"{host}{port}/{place.database or ''}"


def _reason_of(error: DBAPIError) -> str:
    # What PostgreSQL says after the first line quotes the statement.
    diagnosis = getattr(error.orig, "diag", None)
    said = getattr(diagnosis, "message_primary", None) or " ".join(str(error.orig).split())
    return str(said).partition(_ASIDE)[0].strip().rstrip(".")
