"""Queries about people: who somebody is, by e-mail, by login token, by role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from skill_arcade.database.tables import User
from skill_arcade.database.transactions import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the other rooms know one.

    Attributes:
        id: for joining; never shown to others.
        email: None for a guest.
        guest: came without saying who.
        role: `player` or `admin`.
        pseudonym: 32 hex digits, the name in recordings.
    """

    id: UUID
    email: str | None
    guest: bool
    role: str
    pseudonym: str

    @property
    def is_admin(self) -> bool:
        """Whether the person may see and do everything."""
        return self.role == "admin"


def insert_person(work: UnitOfWork, person: Person, now: datetime) -> None:
    """Add a person, unless somebody with the same address is there."""
    row = {
        "id": person.id,
        "email": person.email,
        "guest": person.guest,
        "role": person.role,
        "pseudonym": person.pseudonym,
        "time_created": now,
        "time_updated": now,
    }
    work.insert_if_absent(User, [row])


def fetch_person_by_email(session: ReadSession, email: str) -> Person | None:
    """The person with this e-mail address, which is in lower case."""
    return _person_of(session.first(select(User).where(User.email == email)))


def fetch_first_admin(session: ReadSession) -> Person | None:
    """The administrator who was there first."""
    return _person_of(session.first(select(User).where(User.role == "admin").order_by(col(User.time_created))))


def fetch_user_ids(session: ReadSession, pseudonyms: Iterable[str]) -> dict[str, UUID]:
    """The ids of those of these people who are known here, by pseudonym."""
    users = session.all(select(User).where(col(User.pseudonym).in_(list(pseudonyms))))
    return {user.pseudonym: user.id for user in users}


def person_of(user: User) -> Person:
    """A row as a value."""
    return Person(user.id, user.email, user.guest, user.role, user.pseudonym)


def _person_of(user: User | None) -> Person | None:
    return None if user is None else person_of(user)
