"""What is asked of a database to see whether it can be worked with; nothing in it changes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import col, delete, select

from skill_arcade.database import tables
from skill_arcade.database.installation import Installation
from skill_arcade.database.transactions import ReadSession, UnitOfWork

_NOBODY = UUID(int=0)


def fetch_postgresql_version(session: ReadSession) -> str:
    """The version of the server, as it tells it."""
    return str(session.rows(select_columns(func.current_setting("server_version")))[0][0])


def fetch_sqlite_version(session: ReadSession) -> str:
    """The version of the library."""
    return str(session.rows(select_columns(func.sqlite_version()))[0][0])


def fetch_clock(session: ReadSession) -> datetime:
    """The time now by the clock of PostgreSQL's machine."""
    now: datetime = session.rows(select_columns(func.clock_timestamp()))[0][0]
    return now


def try_to_write(work: UnitOfWork) -> None:
    """Do what only a database that takes changes lets one do: remove a server that there is not."""
    work.run(delete(tables.Server).where(col(tables.Server.id) == _NOBODY))


def fetch_installation(session: ReadSession) -> Installation | None:
    """What the first server of this database noted of itself; None before any did."""
    row = session.first(select(tables.Installation))
    return None if row is None else Installation(row.store_id, row.secret_fingerprint, row.time_created)
