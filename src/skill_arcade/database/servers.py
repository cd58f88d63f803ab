"""Queries about the servers of an installation: who there is, and who still gives signs of life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, delete, update
from sqlmodel import col, select

from skill_arcade.database.tables import Server
from skill_arcade.database.transactions import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class ServerRow:
    """A server, as the database knows it.

    Attributes:
        id: of its data folder: the same after a restart on the same disk.
        name: for people.
        version: of the program.
        started_at: by its own clock.
        heartbeat_at: the newest sign of life by its own clock; None before it is registered.
        beats: all signs of life. Whether it lives is told by this number and by one's own clock, never by its clock.
        stopped_at: when it said that it stops, or another saw that it is gone; None while it runs.
    """

    id: UUID
    name: str
    version: str
    started_at: datetime
    heartbeat_at: datetime | None = None
    beats: int = 0
    stopped_at: datetime | None = None


def register_server(work: UnitOfWork, server: ServerRow, now: datetime) -> None:
    """Note that this server has started; that is a sign of life too."""
    told = {"name": server.name, "version": server.version, "started_at": server.started_at, "heartbeat_at": now}
    work.insert_if_absent(Server, [{"id": server.id, **told, "beats": 0, "stopped_at": None}])
    work.run(_of(server.id).values(**told, beats=Server.beats + 1, stopped_at=None))


def beat(work: UnitOfWork, server_id: UUID, now: datetime) -> bool:
    """A sign of life, whatever others thought; False if nobody knows this server (any more): it has to register."""
    return work.run(_of(server_id).values(beats=Server.beats + 1, heartbeat_at=now, stopped_at=None)) == 1


def note_stopped(work: UnitOfWork, server_id: UUID, now: datetime) -> None:
    """Note that this server stops in order, or is gone."""
    work.run(_of(server_id).values(stopped_at=now))


def fetch_servers(session: ReadSession) -> list[ServerRow]:
    """All servers that are known, those first that started first."""
    rows = session.all(select(Server).order_by(col(Server.started_at), col(Server.id)))
    return [ServerRow(**{name: getattr(row, name) for name in ServerRow.__slots__}) for row in rows]


def fetch_server(session: ReadSession, server_id: UUID) -> ServerRow | None:
    """This server, if it is known."""
    return next((each for each in fetch_servers(session) if each.id == server_id), None)


def delete_server(work: UnitOfWork, server_id: UUID) -> None:
    """Forget a server that does not come back. Whose its episodes are does not change."""
    work.run(delete(Server).where(col(Server.id) == server_id))


def _of(server_id: UUID) -> Update:
    return update(Server).where(col(Server.id) == server_id)
