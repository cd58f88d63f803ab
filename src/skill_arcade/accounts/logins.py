"""Who is there: guests, people with an e-mail address, and the administrator with the link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from skill_arcade.accounts.clock import Clock, read_utc_clock
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tokens import compute_token_hash, make_token
from skill_arcade.database import logins as login_queries
from skill_arcade.database.people import Person, fetch_first_admin, fetch_person_by_email, insert_person
from skill_arcade.database.transactions import Database, UnitOfWork
from skill_arcade.domain.errors import LoginRequired, NotAllowed

ADMIN_LINK_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Login:
    """A person who has just logged in, and the token, which is nowhere else."""

    token: str
    person: Person


class Logins:
    """Gives and checks login tokens."""

    def __init__(
        self, database: Database, secret: Secret, *, lifetime: timedelta, clock: Clock = read_utc_clock
    ) -> None:
        self._database = database
        self._secret = secret
        self._lifetime = lifetime
        self._clock = clock

    def log_in_guest(self) -> Login:
        """A new guest."""
        with self._database.write() as work:
            return self._log_in(work, self._add_person(work, email=None, guest=True, role="player"))

    def log_in_email(self, email: str) -> Login:
        """The person with this address, new or known; the caller decides whether that is proof enough."""
        address = email.strip().lower()
        with self._database.write() as work:
            person = fetch_person_by_email(work, address)
            if person is None:
                self._add_person(work, email=address, guest=False, role="player")
                person = fetch_person_by_email(work, address)  # ours, or that of somebody a moment faster
                assert person is not None
            return self._log_in(work, person)

    def find_person(self, token: str | None) -> Person:
        """Whose login token this is.

        Raises:
            LoginRequired: there is none, or it is unknown or has expired.
        """
        if token:
            with self._database.read() as session:
                person = login_queries.fetch_person_by_login(session, compute_token_hash(token), self._clock())
            if person is not None:
                return person
        raise LoginRequired("Please log in: there is no login, or it has expired.")

    def log_out(self, token: str) -> None:
        """Make a token worthless."""
        with self._database.write() as work:
            login_queries.delete_login(work, compute_token_hash(token))

    def make_admin_code(self) -> str:
        """A code that logs in as the administrator, once, within ten minutes; for the server's terminal."""
        code = make_token()
        now = self._clock()
        with self._database.write() as work:
            login_queries.insert_admin_link(work, compute_token_hash(code), now, now + ADMIN_LINK_LIFETIME)
        return code

    def redeem_admin_code(self, code: str) -> Login:
        """Log in as the installation's administrator.

        Raises:
            NotAllowed: the code is unknown, used or expired.
        """
        with self._database.write() as work:
            if not login_queries.use_admin_link(work, compute_token_hash(code), self._clock()):
                raise NotAllowed("This link is unknown, used or older than ten minutes: ask the server for another.")
            # One administrator for all links, so that a restart does not make a new person of the same one.
            admin = fetch_first_admin(work) or self._add_person(work, email=None, guest=False, role="admin")
            return self._log_in(work, admin)

    def _add_person(self, work: UnitOfWork, *, email: str | None, guest: bool, role: str) -> Person:
        user_id = uuid4()
        person = Person(user_id, email, guest, role, self._secret.compute_pseudonym(user_id))
        insert_person(work, person, self._clock())
        return person

    def _log_in(self, work: UnitOfWork, person: Person) -> Login:
        token = make_token()
        now = self._clock()
        login_queries.insert_login(work, compute_token_hash(token), person.id, now, now + self._lifetime)
        return Login(token, person)
