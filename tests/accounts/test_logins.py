from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select
from tests.accounts.hand_clock import HandClock

from skill_arcade.accounts.logins import ADMIN_LINK_LIFETIME, Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.database.tables import Login, User
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import LoginRequired, NotAllowed


@pytest.fixture
def logins(database: Database, clock: HandClock) -> Logins:
    return Logins(database, Secret(bytes(32)), lifetime=timedelta(days=1), clock=clock)


def test_every_guest_is_a_new_person_live_1(logins: Logins) -> None:
    first, second = logins.log_in_guest(), logins.log_in_guest()
    assert first.person.guest
    assert first.person.id != second.person.id
    assert logins.find_person(first.token) == first.person


def test_an_address_leads_to_the_same_person_however_it_is_written(logins: Logins) -> None:
    first, second = logins.log_in_email("Ada@Example.org "), logins.log_in_email("ada@example.org")
    assert first.person == second.person
    assert first.token != second.token


@pytest.mark.parametrize("token", [None, "", "x", "ü"])
def test_an_unknown_token_is_nobodys(logins: Logins, token: str | None) -> None:
    with pytest.raises(LoginRequired):
        logins.find_person(token)


def test_a_login_ends_when_its_time_is_over_and_is_forgotten_at_the_next(
    logins: Logins, clock: HandClock, database: Database
) -> None:
    login = logins.log_in_guest()
    clock.now += timedelta(days=1)
    with pytest.raises(LoginRequired):
        logins.find_person(login.token)
    logins.log_in_guest()
    with database.read() as session:
        assert len(session.all(select(Login))) == 1


def test_logging_out_ends_this_login_only(logins: Logins) -> None:
    first, second = logins.log_in_email("a@b.org"), logins.log_in_email("a@b.org")
    logins.log_out(first.token)
    with pytest.raises(LoginRequired):
        logins.find_person(first.token)
    assert logins.find_person(second.token) == second.person


def test_tokens_are_stored_as_hashes_only(logins: Logins, database: Database) -> None:
    tokens = [logins.log_in_guest().token, logins.make_admin_code()]
    logins.redeem_admin_code(tokens[1])
    database.dispose()
    file = database.url.removeprefix("sqlite:///")
    with open(file, "rb") as stored:  # noqa: PTH123
        content = stored.read()
    assert not any(token.encode() in content for token in tokens)


def test_an_admin_link_works_once(logins: Logins) -> None:
    code = logins.make_admin_code()
    assert logins.redeem_admin_code(code).person.is_admin
    with pytest.raises(NotAllowed):
        logins.redeem_admin_code(code)


def test_of_a_hundred_who_redeem_an_admin_link_at_once_one_succeeds(logins: Logins) -> None:
    code = logins.make_admin_code()

    def redeem(_: int) -> bool:
        try:
            logins.redeem_admin_code(code)
        except NotAllowed:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(redeem, range(100))) == 1


def test_an_admin_link_ends_after_ten_minutes(logins: Logins, clock: HandClock) -> None:
    code = logins.make_admin_code()
    clock.now += ADMIN_LINK_LIFETIME
    with pytest.raises(NotAllowed):
        logins.redeem_admin_code(code)


def test_every_admin_link_leads_to_the_same_administrator(logins: Logins, database: Database) -> None:
    people = {logins.redeem_admin_code(logins.make_admin_code()).person for _ in range(3)}
    assert len(people) == 1
    with database.read() as session:
        assert len(session.all(select(User))) == 1
