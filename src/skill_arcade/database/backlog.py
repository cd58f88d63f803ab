"""Queries about what is not sealed yet: for a person who asks what waits, and for recovering it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlmodel import col, select

from skill_arcade.database.episodes import waits_for_sealing
from skill_arcade.database.tables import Episode
from skill_arcade.database.transactions import ReadSession


@dataclass(frozen=True, slots=True)
class UnsealedRow:
    """An episode that the index knows and that is not sealed.

    Attributes:
        status: `running` until it ends.
        server_id: whose it is; None when it is free.
        n_steps: that are indexed.
        time_created: its start.
        time_updated: when anything was last heard of it.
    """

    id: UUID
    status: str
    server_id: UUID | None
    n_steps: int
    time_created: datetime
    time_updated: datetime


_COLUMNS = tuple(getattr(Episode, name) for name in UnsealedRow.__slots__)


def fetch_unsealed(session: ReadSession) -> list[UnsealedRow]:
    """All of them, the oldest first."""
    statement = select_columns(*_COLUMNS).where(waits_for_sealing()).order_by(col(Episode.key))
    return [UnsealedRow(*row) for row in session.rows(statement)]


def fetch_unsealed_of(session: ReadSession, server_id: UUID) -> list[UUID]:
    """Those of one server, whether anybody knows that server or not; the oldest first."""
    statement = select(Episode.id).where(waits_for_sealing(), col(Episode.server_id) == server_id)
    return list(session.all(statement.order_by(col(Episode.key))))
