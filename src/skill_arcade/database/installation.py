"""The one row that all servers of a database are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import select

from skill_arcade.database import tables
from skill_arcade.database.transactions import UnitOfWork


@dataclass(frozen=True, slots=True)
class Installation:
    """What the first server of a database noted of itself.

    Attributes:
        store_id: of the store in which recordings are kept.
        secret_fingerprint: tells whether another secret is the same one, and nothing else of it.
        time_created: when it was noted.
    """

    store_id: UUID
    secret_fingerprint: str
    time_created: datetime


def check_installation(work: UnitOfWork, store_id: UUID, secret_fingerprint: str, now: datetime) -> Installation:
    """What the database has been used with so far; with these from now on, if it is new. The caller compares."""
    told = {"store_id": store_id, "secret_fingerprint": secret_fingerprint, "time_created": now}
    work.insert_if_absent(tables.Installation, [{"id": 1, **told}])
    row = work.first(select(tables.Installation))
    assert row is not None
    return Installation(row.store_id, row.secret_fingerprint, row.time_created)
