"""Queries about play tickets and attempts (LIVE-2 to LIVE-4); only hashes of tickets ever come here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from skill_arcade.database.tables import Attempt, Ticket
from skill_arcade.database.transactions import ReadSession, UnitOfWork

KEPT_FOR = timedelta(hours=1)
"""A used ticket is kept so long: until then what it began is in the store, or its server has been lost."""


@dataclass(frozen=True, slots=True)
class IssuedTicket:
    """A ticket as it lies in the database.

    Attributes:
        user_id: who asked for it.
        game_id: the game it is good for.
        episode_id: the episode it is good for.
        spec: the beginning of the record, as JSON.
        expires_at: from then on it is refused.
        used_at: when it was used; None if it was not.
    """

    user_id: UUID
    game_id: str
    episode_id: UUID
    spec: Mapping[str, Any]
    expires_at: datetime
    used_at: datetime | None


def insert_ticket(work: UnitOfWork, ticket_hash: str, ticket: IssuedTicket, now: datetime) -> None:
    """Add a ticket, and forget those that expired a while ago."""
    work.run(delete(Ticket).where(col(Ticket.expires_at) <= now - KEPT_FOR))
    work.add(
        Ticket(
            ticket_hash=ticket_hash,
            user_id=ticket.user_id,
            game_id=ticket.game_id,
            episode_id=ticket.episode_id,
            spec=dict(ticket.spec),
            expires_at=ticket.expires_at,
            used_at=ticket.used_at,
        )
    )


def fetch_ticket(session: ReadSession, ticket_hash: str) -> IssuedTicket | None:
    """The ticket with this hash, used or not."""
    row = session.first(select(Ticket).where(Ticket.ticket_hash == ticket_hash))
    if row is None:
        return None
    return IssuedTicket(row.user_id, row.game_id, row.episode_id, row.spec, row.expires_at, row.used_at)


def use_ticket(work: UnitOfWork, ticket_hash: str, now: datetime) -> bool:
    """Use a ticket up; False when it is unknown, used or expired. Of many who try at once, one succeeds."""
    unused = update(Ticket).where(
        col(Ticket.ticket_hash) == ticket_hash, col(Ticket.used_at).is_(None), col(Ticket.expires_at) > now
    )
    return work.run(unused.values(used_at=now)) == 1


def note_beginning(work: UnitOfWork, ticket_hash: str, spec: Mapping[str, Any]) -> None:
    """Keep, with the ticket that began an episode, how it began."""
    work.run(update(Ticket).where(col(Ticket.ticket_hash) == ticket_hash).values(spec=dict(spec)))


def fetch_beginning(session: ReadSession, episode_id: UUID) -> Mapping[str, Any] | None:
    """The provenance with which an episode began within the last hour; None where nobody knows it any more."""
    began = select(Ticket).where(Ticket.episode_id == episode_id, col(Ticket.used_at).is_not(None))
    specs = (row.spec for row in session.all(began))
    return next((spec["provenance"] for spec in specs if not spec["resume"]), None)


def count_attempt(work: UnitOfWork, user_id: UUID, game_id: str) -> int:
    """One more attempt of this person at this game; its number, from 1."""
    work.insert_if_absent(Attempt, [{"user_id": user_id, "game_id": game_id, "n": 0}])
    mine = (col(Attempt.user_id) == user_id, col(Attempt.game_id) == game_id)
    work.run(update(Attempt).where(*mine).values(n=Attempt.n + 1))
    n = work.first(select(Attempt.n).where(*mine))
    assert n is not None
    return n
