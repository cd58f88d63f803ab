from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.accounts.hand_clock import START, HandClock

from skill_arcade.accounts.logins import Logins
from skill_arcade.accounts.secret import Secret
from skill_arcade.accounts.tickets import TICKET_LIFETIME, Tickets
from skill_arcade.database.episodes import fetch_episode
from skill_arcade.database.games import keep_games
from skill_arcade.database.transactions import Database
from skill_arcade.domain.errors import TicketRefused, UnknownGame


@pytest.fixture
def tickets(database: Database, clock: HandClock) -> Tickets:
    with database.write() as work:
        keep_games(work, {"Breakout.v0": {}, "Pong.v0": {}}, START)
    return Tickets(database, settle, clock=clock)


@pytest.fixture
def user_id(database: Database) -> UUID:
    return Logins(database, Secret(bytes(32)), lifetime=timedelta(days=1)).log_in_guest().person.id


def new_spec() -> dict[str, Any]:
    return {"episode_id": str(uuid4()), "resume": False, "provenance": {"game_id": "Breakout.v0"}}


def settle(known: Mapping[str, Any], attempt_index: int, now: datetime) -> dict[str, Any]:
    return {**known, "attempt_index": attempt_index, "seed": 4 + attempt_index, "begun": now.isoformat()}


def test_a_ticket_gives_its_spec_and_begins_the_episode(tickets: Tickets, user_id: UUID, database: Database) -> None:
    spec = new_spec()
    redeemed = tickets.redeem(tickets.issue(user_id, "Breakout.v0", spec), "Breakout.v0")
    assert redeemed == {
        **spec,
        "provenance": {
            "game_id": "Breakout.v0",
            "attempt_index": 1,
            "seed": 5,
            "begun": "2026-01-01T00:00:00+00:00",
        },
    }
    with database.read() as session:
        row = fetch_episode(session, UUID(spec["episode_id"]))
    assert row is not None
    assert (row.user_id, row.status, row.seed, row.time_created) == (user_id, "running", 5, START)


def test_attempts_are_counted_for_each_person_and_game(tickets: Tickets, user_id: UUID) -> None:
    def play(game_id: str) -> int:
        redeemed = tickets.redeem(tickets.issue(user_id, game_id, new_spec()), game_id)
        return int(redeemed["provenance"]["attempt_index"])

    assert [play("Breakout.v0"), play("Breakout.v0"), play("Pong.v0"), play("Breakout.v0")] == [1, 2, 1, 3]


def test_a_ticket_is_good_for_one_socket_live_4(tickets: Tickets, user_id: UUID) -> None:
    token = tickets.issue(user_id, "Breakout.v0", new_spec())
    tickets.redeem(token, "Breakout.v0")
    with pytest.raises(TicketRefused):
        tickets.redeem(token, "Breakout.v0")


def test_a_ticket_is_good_for_thirty_seconds_live_4(tickets: Tickets, user_id: UUID, clock: HandClock) -> None:
    early, late = (tickets.issue(user_id, "Breakout.v0", new_spec()) for _ in range(2))
    clock.now += TICKET_LIFETIME - timedelta(milliseconds=1)
    tickets.redeem(early, "Breakout.v0")
    clock.now += timedelta(milliseconds=1)
    with pytest.raises(TicketRefused):
        tickets.redeem(late, "Breakout.v0")


def test_a_ticket_is_good_for_its_game_and_a_wrong_door_does_not_use_it_up_live_4(
    tickets: Tickets, user_id: UUID
) -> None:
    token = tickets.issue(user_id, "Breakout.v0", new_spec())
    with pytest.raises(UnknownGame):
        tickets.redeem(token, "Pong.v0")
    tickets.redeem(token, "Breakout.v0")


@pytest.mark.parametrize("token", ["", "x", "ü" * 43])
def test_an_unknown_ticket_is_refused(tickets: Tickets, token: str) -> None:
    with pytest.raises(TicketRefused):
        tickets.redeem(token, "Breakout.v0")


def test_of_a_hundred_who_redeem_a_ticket_at_once_one_succeeds_and_one_attempt_is_counted(
    tickets: Tickets, user_id: UUID
) -> None:
    token = tickets.issue(user_id, "Breakout.v0", new_spec())

    def redeem(_: int) -> int:
        try:
            return int(tickets.redeem(token, "Breakout.v0")["provenance"]["attempt_index"])
        except TicketRefused:
            return 0

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(redeem, range(100))) == [0] * 99 + [1]


def test_going_on_with_an_episode_counts_no_attempt(tickets: Tickets, user_id: UUID) -> None:
    spec = {"episode_id": str(uuid4()), "resume": True, "provenance": None}
    assert tickets.redeem(tickets.issue(user_id, "Breakout.v0", spec), "Breakout.v0") == spec
    first = tickets.redeem(tickets.issue(user_id, "Breakout.v0", new_spec()), "Breakout.v0")
    assert first["provenance"]["attempt_index"] == 1
