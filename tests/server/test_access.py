"""Every route, asked by everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.accounts.hand_clock import HandClock
from tests.recorder.recordings import EPISODE
from tests.server.players import bearer, log_in_player, record

from skill_arcade.server.app import create_api
from skill_arcade.server.services import Services

BODIES: dict[str, object] = {
    "/auth/login": {"guest": True},
    "/auth/redeem": {"code": "nope"},
    "/me/games/{game_id}": {"favourite": True},
    "/play-tickets": {"episode_id": str(EPISODE)},
}
OPEN = {"/auth/login", "/games", "/games/{game_id}", "/games/{game_id}/picture.png", "/healthz", "/installation"}
# For each route that needs a login: what a stranger gets, what the owner gets, what an administrator gets.
CLOSED = {
    "/auth/me": (200, 200, 200),
    "/auth/logout": (204, 204, 204),
    "/episodes": (200, 200, 200),
    "/episodes/{episode_id}": (404, 200, 200),
    "/observations/{episode_id}/{step}": (404, 200, 200),
    "/games/{game_id}/scores": (200, 200, 200),
    "/me/games": (200, 200, 200),
    "/me/games/{game_id}": (200, 200, 200),
    "/play-tickets": (404, 201, 404),  # not even an administrator goes on with somebody's episode
}
ROUTES = [(method.upper(), path) for path, methods in create_api().openapi()["paths"].items() for method in methods]


def ask(client: TestClient, method: str, path: str, headers: dict[str, str]) -> int:
    address = path.format(game_id="Hanoi.v0", episode_id=EPISODE, step=0)
    return client.request(method, address, json=BODIES.get(path), headers=headers).status_code


def test_the_matrix_names_every_route() -> None:
    assert {path for _, path in ROUTES} == OPEN | CLOSED.keys() | {"/auth/redeem"}


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_gives_each_person_what_is_theirs(
    client: TestClient,
    services: Services,
    clock: HandClock,
    guest: dict[str, str],
    method: str,
    path: str,
) -> None:
    expired = bearer(services.logins.log_in_guest().token)
    clock.now += timedelta(days=1000)
    guest = bearer(services.logins.log_in_guest().token)
    admin = bearer(services.logins.redeem_admin_code(services.logins.make_admin_code()).token)
    person, owner = log_in_player(services)
    record(services, person)
    if path == "/auth/redeem":
        assert ask(client, method, path, {}) == 403
        return
    found = [ask(client, method, path, each) for each in ({}, expired, bearer("x"), guest, owner, admin)]
    if path in OPEN:
        assert found == [200] * 6
    else:
        assert found == [401, 401, 401, *CLOSED[path]]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_answers_a_page_of_somebody_else(client: TestClient, method: str, path: str) -> None:
    assert ask(client, method, path, {"Origin": "https://evil.example.org"}) == 403


def test_a_missing_login_is_told_in_words_and_to_programs(client: TestClient) -> None:
    for headers in ({}, {"Authorization": "Basic eA=="}, bearer("x")):
        answer = client.get("/auth/me", headers=headers)
        assert answer.json()["code"] == "login_required"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
