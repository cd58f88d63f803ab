"""Queries about login tokens and administrator links; only hashes ever come here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from skill_arcade.database.people import Person, person_of
from skill_arcade.database.tables import AdminLink, Login, User
from skill_arcade.database.transactions import ReadSession, UnitOfWork


def insert_login(work: UnitOfWork, token_hash: str, user_id: UUID, now: datetime, expires_at: datetime) -> None:
    """Add a login, and forget those that have expired: there is no better moment for it."""
    work.run(delete(Login).where(col(Login.expires_at) <= now))
    work.add(Login(token_hash=token_hash, user_id=user_id, time_created=now, expires_at=expires_at))


def fetch_person_by_login(session: ReadSession, token_hash: str, now: datetime) -> Person | None:
    """Whose login this is; None when it is unknown or has expired."""
    statement = select(User).join(Login).where(Login.token_hash == token_hash, Login.expires_at > now)
    user = session.first(statement)
    return None if user is None else person_of(user)


def delete_login(work: UnitOfWork, token_hash: str) -> None:
    """Forget a login."""
    work.run(delete(Login).where(col(Login.token_hash) == token_hash))


def insert_admin_link(work: UnitOfWork, code_hash: str, now: datetime, expires_at: datetime) -> None:
    """Add an administrator link, and forget those that have expired."""
    work.run(delete(AdminLink).where(col(AdminLink.expires_at) <= now))
    work.add(AdminLink(code_hash=code_hash, expires_at=expires_at, used_at=None))


def use_admin_link(work: UnitOfWork, code_hash: str, now: datetime) -> bool:
    """Use a link up; False when it is unknown, used or expired. Of many who try at once, one succeeds."""
    unused = update(AdminLink).where(
        col(AdminLink.code_hash) == code_hash,
        col(AdminLink.used_at).is_(None),
        col(AdminLink.expires_at) > now,
    )
    return work.run(unused.values(used_at=now)) == 1
