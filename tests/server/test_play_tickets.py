from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from tests.accounts.hand_clock import HandClock
from tests.server.fakes import FakeControl
from tests.server.players import Headers, begin

from skill_arcade.accounts.tickets import Tickets
from skill_arcade.database.episodes import fetch_episode, keep_episode
from skill_arcade.domain.errors import TicketRefused
from skill_arcade.games.file.definition import GameDefinition
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.game_conditions import Condition
from skill_arcade.server.http.chosen_options import choose
from skill_arcade.server.services import Services


def test_a_ticket_opens_the_path_that_comes_with_it_live_2(
    client: TestClient, services: Services, guest: Headers
) -> None:
    answer = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest)
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == {"ticket", "game_id", "episode_id", "expires_in_s", "path"}
    assert body["path"] == f"/ws/Breakout.v0?token={body['ticket']}"
    assert body["expires_in_s"] == 30
    spec = services.tickets.redeem(body["ticket"], "Breakout.v0")
    assert spec["episode_id"] == body["episode_id"]
    assert not spec["resume"]


def test_the_record_of_a_new_episode_begins_in_the_ticket_rec_41(
    client: TestClient, services: Services, guest: Headers
) -> None:
    body = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest).json()
    provenance = services.tickets.redeem(body["ticket"], "Breakout.v0")["provenance"]
    game, _ = services.catalogue.get("Breakout.v0").with_options({})
    assert provenance["environment"] == game.environment_spec().to_json()
    assert provenance["game"] == game.to_json()
    assert (provenance["attempt_index"], provenance["seed"], provenance["frameskip"]) == (1, 0, 1)
    assert 0 <= provenance["noop_starts"] <= 30
    assert provenance["started_utc"] == "2026-01-01T00:00:00.000000Z"
    assert len(provenance["user"]) == 32
    assert provenance["recording"] is True


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"game_id": "Nope.v0"}, 404, "unknown_game"),
        ({"episode_id": str(uuid4())}, 404, "unknown_episode"),
        ({"episode_id": str(uuid4()), "resume_token": "x"}, 404, "unknown_episode"),
        ({}, 422, "bad_request"),
        ({"game_id": "Breakout.v0", "episode_id": str(uuid4())}, 422, "bad_request"),
        ({"game_id": "Breakout.v0", "resume_token": "x"}, 422, "bad_request"),
        ({"episode_id": "no uuid"}, 422, "bad_request"),
        ({"game_id": "Breakout.v0", "seed": 3}, 422, "bad_request"),
    ],
)
def test_what_cannot_be_is_refused_in_words_live_3(
    client: TestClient, guest: Headers, body: object, status: int, code: str
) -> None:
    answer = client.post("/play-tickets", json=body, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith((".", "?"))


def test_without_room_a_player_is_told_when_to_come_back_live_3(
    client: TestClient, guest: Headers, control: FakeControl
) -> None:
    control.why_not = "All places are taken."
    answer = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (503, "at_capacity")
    assert answer.json()["detail"] == "All places are taken."
    assert answer.headers["Retry-After"] == "34"


def test_without_a_supervisor_a_player_is_told_to_come_back_live_3(
    client: TestClient, guest: Headers, control: FakeControl
) -> None:
    control.is_away = True
    answer = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (503, "at_capacity")
    assert "Retry-After" in answer.headers


def test_on_a_full_disk_nothing_new_begins_live_3(
    client: TestClient, guest: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DataFolder, "read_free_bytes", lambda _: 255_999_999)
    answer = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")


def test_whoever_holds_the_resume_token_goes_on_live_2(
    client: TestClient, services: Services, guest: Headers, other_guest: Headers, control: FakeControl
) -> None:
    episode_id = begin(client, services, guest)
    control.sessions[str(episode_id)] = None  # somebody is connected: the token supersedes them (LIVE-26)
    token = services.secret.compute_resume_token(episode_id)
    body = {"episode_id": str(episode_id), "resume_token": token}
    for headers in (guest, other_guest):
        answer = client.post("/play-tickets", json=body, headers=headers)
        assert answer.status_code == 201
        spec = services.tickets.redeem(answer.json()["ticket"], "Breakout.v0")
        assert spec == {"episode_id": str(episode_id), "resume": True, "provenance": None}


@pytest.mark.parametrize(("alone_s", "status"), [(None, 409), (0.0, 409), (9.9, 409), (10.0, 201), (3600.0, 201)])
def test_without_the_token_the_owner_waits_until_nobody_was_there_for_ten_seconds_live_2(
    client: TestClient,
    services: Services,
    guest: Headers,
    control: FakeControl,
    alone_s: float | None,
    status: int,
) -> None:
    episode_id = begin(client, services, guest)
    control.sessions[str(episode_id)] = alone_s
    answer = client.post("/play-tickets", json={"episode_id": str(episode_id)}, headers=guest)
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "episode_in_use"


def test_an_episode_that_no_session_runs_can_be_gone_on_with_live_2(
    client: TestClient, services: Services, guest: Headers
) -> None:
    episode_id = begin(client, services, guest)
    assert client.post("/play-tickets", json={"episode_id": str(episode_id)}, headers=guest).status_code == 201


def test_a_wrong_token_is_no_better_than_none(
    client: TestClient, services: Services, guest: Headers, other_guest: Headers
) -> None:
    episode_id = begin(client, services, guest)
    body = {"episode_id": str(episode_id), "resume_token": services.secret.compute_resume_token(uuid4())}
    answer = client.post("/play-tickets", json=body, headers=other_guest)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_episode")


def test_an_episode_that_has_ended_stays_so_live_3(client: TestClient, services: Services, guest: Headers) -> None:
    episode_id = begin(client, services, guest)
    with services.database.write() as work:
        row = fetch_episode(work, episode_id)
        assert row is not None
        keep_episode(work, replace(row, status="won", time_updated=datetime(2026, 1, 2, tzinfo=UTC)))
    answer = client.post("/play-tickets", json={"episode_id": str(episode_id)}, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (409, "episode_ended")


def test_a_running_session_is_let_back_in_when_there_is_no_room_for_new_ones(
    client: TestClient, services: Services, guest: Headers, control: FakeControl
) -> None:
    running, lost = (begin(client, services, guest) for _ in range(2))
    control.sessions[str(running)] = 20.0
    control.why_not = "All places are taken."
    tried = [
        client.post("/play-tickets", json={"episode_id": str(each)}, headers=guest).status_code
        for each in (running, lost)
    ]
    assert tried == [201, 503]


def test_whoever_comes_back_to_an_episode_is_let_in_however_busy_the_processors_are(
    client: TestClient, services: Services, guest: Headers, control: FakeControl
) -> None:
    running, lost = (begin(client, services, guest) for _ in range(2))
    control.sessions[str(running)] = 20.0
    control.why_none_new = "One more would be too many."
    bodies: list[dict[str, str]] = [{"episode_id": str(running)}, {"episode_id": str(lost)}, {"game_id": "Hanoi.v0"}]
    assert [client.post("/play-tickets", json=body, headers=guest).status_code for body in bodies] == [201, 201, 503]


def test_a_ticket_is_refused_after_thirty_seconds_live_4(
    client: TestClient, services: Services, guest: Headers, clock: HandClock
) -> None:
    ticket = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest).json()["ticket"]
    clock.now += timedelta(seconds=30)
    assert isinstance(services.tickets, Tickets)
    with pytest.raises(TicketRefused):
        services.tickets.redeem(ticket, "Breakout.v0")


def test_options_of_a_ticket_are_in_the_record_complete_and_so_is_the_game_rec_41(
    client: TestClient, services: Services, guest: Headers
) -> None:
    body = client.post("/play-tickets", json={"game_id": "Hanoi.v0", "options": {"poles": 4}}, headers=guest).json()
    provenance = services.tickets.redeem(body["ticket"], "Hanoi.v0")["provenance"]
    game = services.catalogue.get("Hanoi.v0")
    chosen, options = game.with_options({"poles": 4})
    assert provenance["options"] == options
    assert options.keys() == {option.name for option in game.options}
    assert provenance["game"] == chosen.to_json()
    assert provenance["environment"] == chosen.environment_spec().to_json()
    assert provenance["environment"]["kwargs"]["poles"] == provenance["env_kwargs"]["poles"] == 4
    answer = client.get(f"/episodes/{body['episode_id']}", headers=guest).json()
    assert answer["options"] == options


def test_a_game_without_options_has_an_empty_object_in_its_record_rec_41(
    client: TestClient, services: Services, guest: Headers
) -> None:
    game = next(game for game in services.catalogue if not game.options)
    body = client.post("/play-tickets", json={"game_id": game.id, "options": {}}, headers=guest).json()
    assert services.tickets.redeem(body["ticket"], game.id)["provenance"]["options"] == {}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"disks": 3}, "bad_options"),
        ({"discs": 99}, "bad_options"),
        ({"discs": True}, "bad_options"),
        ({"discs": "3"}, "bad_options"),
        ({"discs": 3.5}, "bad_options"),
        ({"discs": 10**400}, "bad_request"),
        ({"discs": None}, "bad_request"),
        ({"discs": [3]}, "bad_request"),
        ({"discs": {"discs": 3}}, "bad_request"),
        ({"discs": "x" * 201}, "bad_request"),
        ({"x" * 65: 1}, "bad_request"),
        ({f"option{n}": n for n in range(33)}, "bad_request"),
        ([], "bad_request"),
        ("discs", "bad_request"),
    ],
)
def test_options_that_cannot_be_are_refused_in_words_live_3(
    client: TestClient, guest: Headers, options: object, code: str
) -> None:
    answer = client.post("/play-tickets", json={"game_id": "Hanoi.v0", "options": options}, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"].endswith((".", "?"))


def test_an_episode_that_goes_on_has_the_options_it_began_with(
    client: TestClient, services: Services, guest: Headers
) -> None:
    """LIVE-2: others are refused, and who goes on is sent to the record, not to the game as it is by default."""
    sent = {"game_id": "Hanoi.v0", "options": {"discs": 4}}
    begun = client.post("/play-tickets", json=sent, headers=guest).json()
    options = services.tickets.redeem(begun["ticket"], "Hanoi.v0")["provenance"]["options"]
    assert options["discs"] == 4
    episode = {"episode_id": begun["episode_id"]}
    answer = client.post("/play-tickets", json={**episode, "options": {"discs": 3}}, headers=guest)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")
    again = client.post("/play-tickets", json=episode, headers=guest).json()
    assert services.tickets.redeem(again["ticket"], "Hanoi.v0") == {**episode, "resume": True, "provenance": None}
    assert client.get(f"/episodes/{begun['episode_id']}", headers=guest).json()["options"] == options


def test_a_game_that_was_found_unplayable_is_refused_with_the_reason_live_3(
    client: TestClient, services: Services, guest: Headers
) -> None:
    services.conditions.write_condition("Breakout.v0", Condition("It needs the package ale-py."))
    answer = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=guest)
    assert answer.status_code == 409
    assert answer.json() == {"code": "game_unavailable", "detail": "It needs the package ale-py."}
    assert client.post("/play-tickets", json={"game_id": "Hanoi.v0"}, headers=guest).status_code == 201


def test_ones_own_keys_are_in_the_record_whatever_the_options(
    client: TestClient, services: Services, guest: Headers, other_guest: Headers
) -> None:
    client.put("/me/games/Hanoi.v0", json={"keys": {"Digit1": "KeyJ", "Digit4": "KeyM"}}, headers=guest)

    def read_keys(headers: Headers, poles: int) -> set[str]:
        body = {"game_id": "Hanoi.v0", "options": {"poles": poles}}
        ticket = client.post("/play-tickets", json=body, headers=headers).json()["ticket"]
        game = services.tickets.redeem(ticket, "Hanoi.v0")["provenance"]["game"]
        assert {each["key"] for each in game["pointer"]} == {key for each in game["sequences"] for key in each["keys"]}
        return {key for each in game["sequences"] for key in each["keys"]}

    assert read_keys(guest, 3) == {"KeyJ", "Digit2", "Digit3"}
    assert read_keys(guest, 4) == {"KeyJ", "Digit2", "Digit3", "KeyM"}
    assert read_keys(other_guest, 3) == {"Digit1", "Digit2", "Digit3"}


def test_javascripts_whole_number_is_the_value_that_a_game_file_writes_with_a_point(services: Services) -> None:
    values = [{"value": 0.5}, {"value": 1.0}, {"value": 2}, {"value": True}]
    option = {"name": "gravity", "say": "Gravity", "values": values, "default": 0.5}
    game = GameDefinition.from_json({**services.catalogue.get("CartPole.v1").to_json(), "options": [option]})
    for sent in (1, 1.0, 2, 2.0, True):
        chosen = choose(game, {"gravity": sent})[1]["gravity"]
        assert chosen == sent
        assert type(chosen) is {1: float, 2: int}.get(int(sent) if sent is not True else 0, bool)
