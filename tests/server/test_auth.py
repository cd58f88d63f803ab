from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.server.fakes import FakeControl
from tests.server.players import bearer

from skill_arcade.server.app import create_app
from skill_arcade.server.services import Services, open_services
from skill_arcade.server.settings import Settings


def test_a_guest_gets_a_token_that_works_live_1(client: TestClient) -> None:
    answer = client.post("/auth/login", json={"guest": True})
    assert answer.status_code == 200
    me = client.get("/auth/me", headers=bearer(answer.json()["token"])).json()
    assert me == answer.json()["user"]
    assert (me["guest"], me["email"], me["role"]) == (True, None, "player")


def test_an_address_is_enough_on_ones_own_machine_live_1(client: TestClient) -> None:
    answer = client.post("/auth/login", json={"email": "Ada@example.org"})
    assert answer.json()["user"]["email"] == "ada@example.org"


def test_an_address_is_not_enough_on_a_server_for_others(tmp_path: Path, control: FakeControl) -> None:
    services = open_services(Settings(data=tmp_path / "open", host="0.0.0.0"), control)
    with TestClient(create_app(services), base_url="http://arcade.example.org") as client:
        refused = client.post("/auth/login", json={"email": "a@b.org"})
        assert refused.status_code == 403
        assert refused.json()["code"] == "not_allowed"
        assert client.post("/auth/login", json={"guest": True}).status_code == 200
    services.database.dispose()


def test_login_does_not_tell_whether_an_address_is_known(client: TestClient) -> None:
    first, second = (client.post("/auth/login", json={"email": "a@b.org"}) for _ in range(2))
    assert first.status_code == second.status_code
    assert first.json().keys() == second.json().keys()
    assert first.json()["user"] == second.json()["user"]
    assert set(first.headers) == set(second.headers)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "either"),
        ({"guest": False}, "either"),
        ({"guest": True, "email": "a@b.org"}, "either"),
        ({"email": "nobody"}, "'email' in the body"),
        ({"guest": True, "role": "admin"}, "'role' in the body"),
        ([], "The body"),
    ],
)
def test_a_wrong_login_is_told_what_is_wrong(client: TestClient, body: object, fault: str) -> None:
    answer = client.post("/auth/login", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "bad_request"
    assert fault in answer.json()["detail"]


def test_what_was_sent_is_not_repeated_in_the_error(client: TestClient) -> None:
    assert "hunter2" not in client.post("/auth/login", json={"email": "hunter2"}).text


def test_logging_out_makes_the_token_worthless(client: TestClient, guest: dict[str, str]) -> None:
    assert client.post("/auth/logout", headers=guest).status_code == 204
    assert client.get("/auth/me", headers=guest).status_code == 401


def test_an_administrators_link_works_once(client: TestClient, services: Services) -> None:
    code = services.logins.make_admin_code()
    answer = client.post("/auth/redeem", json={"code": code})
    assert answer.json()["user"]["role"] == "admin"
    refused = client.post("/auth/redeem", json={"code": code})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
