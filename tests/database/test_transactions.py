from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from skill_arcade.database.people import Person, fetch_person_by_email, insert_person
from skill_arcade.database.tables import User
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import DataFolderError, StorageFull

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def make_person(email: str) -> Person:
    user_id = uuid4()
    return Person(user_id, email, guest=False, role="player", pseudonym=user_id.hex)


def test_what_a_unit_of_work_did_is_there_afterwards(database: Database) -> None:
    person = make_person("a@b.org")
    with database.write() as work:
        insert_person(work, person, NOW)
    with database.read() as session:
        assert fetch_person_by_email(session, "a@b.org") == person


def test_nothing_is_left_of_a_unit_of_work_that_failed(database: Database) -> None:
    def fail_midway() -> None:
        with database.write() as work:
            insert_person(work, make_person("a@b.org"), NOW)
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it is ours
        fail_midway()
    with database.read() as session:
        assert fetch_person_by_email(session, "a@b.org") is None


def test_a_read_session_cannot_write_even_by_force(database: Database) -> None:
    with pytest.raises(DataFolderError, match="readonly"), database.read() as session:
        session._session.connection().execute(text("DELETE FROM user"))


def test_a_full_disk_is_told_as_such_and_writing_goes_on_when_there_is_room(database: Database) -> None:
    """Whoever asks for a game hears that nothing can be recorded, and not where our files are."""

    def fill() -> None:
        for number in range(10_000):
            with database.write() as work:
                connection = work._session.connection()
                if number == 0:
                    n_pages = connection.execute(text("PRAGMA page_count")).scalar_one()
                    connection.execute(text(f"PRAGMA max_page_count = {n_pages + 2}"))
                insert_person(work, make_person(f"{uuid4()}@b.org"), NOW)

    with pytest.raises(StorageFull, match=r"^The disk of the server's database is full: nothing new can be recorded.$"):
        fill()
    with database.write() as work:
        work._session.connection().execute(text("PRAGMA max_page_count = 100000"))
        insert_person(work, make_person("a@b.org"), NOW)


def test_a_connection_that_has_read_can_write_later(database: Database) -> None:
    for _ in range(3):
        with database.read() as session:
            fetch_person_by_email(session, "a@b.org")
        with database.write() as work:
            insert_person(work, make_person(f"{uuid4()}@b.org"), NOW)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 15_000)],
)
def test_a_commit_survives_a_power_loss_and_constraints_hold(database: Database, pragma: str, value: object) -> None:
    with database.read() as session:
        found = session._session.connection().execute(text(f"PRAGMA {pragma}")).scalar_one()
    assert found == value


def test_times_come_back_with_their_zone(database: Database) -> None:
    with database.write() as work:
        insert_person(work, make_person("a@b.org"), NOW)
    with database.read() as session:
        user = session.first(select(User))
    assert user is not None
    assert user.time_created == NOW


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="without a zone"), database.write() as work:
        insert_person(work, make_person("a@b.org"), NOW.replace(tzinfo=None))


def test_a_database_that_cannot_be_opened_is_told_in_one_sentence(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'index.sqlite'}")
    with pytest.raises(DataFolderError, match="cannot be used: unable to open"), database.read() as session:
        session.is_alive()
