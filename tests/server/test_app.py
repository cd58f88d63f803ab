from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from tests.server.conftest import URL
from tests.server.fakes import FakeControl

from skill_arcade.domain.errors import DataFolderError
from skill_arcade.server.app import create_app
from skill_arcade.server.data_folder import DataFolder
from skill_arcade.server.http.origins import is_allowed_origin
from skill_arcade.server.http.security_headers import SECURITY_HEADERS
from skill_arcade.server.services import Services, open_services
from skill_arcade.server.settings import Settings
from skill_arcade.server.status_board import StatusBoard

HOST = URL.removeprefix("http://")
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/games", "/games/Breakout.v0", "/episodes", "/anything/else"])
def test_a_browser_that_opens_a_page_gets_the_app_wherever_it_is(client: TestClient, path: str) -> None:
    answer = client.get(path, headers=PAGE)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert "The app" in answer.text


def test_a_program_gets_the_endpoint_at_the_same_address(client: TestClient) -> None:
    assert "games" in client.get("/games", headers={"Accept": "application/json"}).json()


def test_files_with_a_hash_in_their_name_are_kept_for_ever(client: TestClient) -> None:
    answer = client.get("/assets/app-1a2b.js")
    assert answer.text == "1"
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    "path", ["/assets/missing.js", "/nope", "/assets/%2e%2e/%2e%2e/data/secret", "/%00", f"/{300 * 'a'}"]
)
def test_what_is_not_there_is_a_problem_and_never_another_file(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_without_a_build_a_page_says_what_to_do(services: Services, tmp_path: Path) -> None:
    with TestClient(create_app(services, static=tmp_path / "nothing"), base_url=URL) as client:
        answer = client.get("/", headers=PAGE)
        assert answer.status_code == 503
        assert "make run" in answer.text
        assert client.get("/games").status_code == 200


@pytest.mark.parametrize("path", ["/", "/games", "/nope", "/auth/me", "/assets/app-1a2b.js"])
def test_every_answer_has_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_what_a_person_may_see_is_not_kept_by_caches(client: TestClient, guest: dict[str, str]) -> None:
    assert client.get("/auth/me", headers=guest).headers["cache-control"] == "no-store"


def test_a_wrong_method_is_a_problem_too(client: TestClient) -> None:
    answer = client.delete("/games")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"]


def test_a_fault_of_ours_is_told_without_its_traceback(services: Services) -> None:
    router = APIRouter()

    @router.get("/fault")
    def fail() -> None:
        raise ZeroDivisionError("secret detail")

    app = create_app(services, routers=[router])
    with TestClient(app, base_url=URL, raise_server_exceptions=False) as client:
        answer = client.get("/fault")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret detail" not in answer.text


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.0.0.1"])
def test_this_machine_is_known_by_its_own_names(client: TestClient, host: str) -> None:
    assert client.get("/games", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1.evil.example.org", "", "[::2]:8080"])
def test_a_name_that_was_made_to_point_here_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/games", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_a_server_with_names_of_its_own_is_reached_by_them_and_by_this_machine(
    tmp_path: Path, control: FakeControl
) -> None:
    settings = Settings(data=tmp_path / "data", host="0.0.0.0", allowed_hosts=("arcade.example.org",))
    services = open_services(settings, control)
    with TestClient(create_app(services), base_url=URL) as client:
        found = {
            host: client.get("/healthz", headers={"Host": host}).status_code
            for host in ("arcade.example.org", "127.0.0.1:8080", "localhost", "evil.example.org", "10.0.0.5:8080")
        }
    assert list(found.values()) == [200, 200, 200, 403, 403]
    services.database.dispose()


def test_an_origin_that_is_no_address_is_refused_and_no_fault_of_ours(client: TestClient) -> None:
    assert client.get("/games", headers={"Origin": "http://[x"}).status_code == 403


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        (None, "127.0.0.1:8080", True),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
        ("https://arcade.example.org", "arcade.example.org", True),
        ("https://arcade.example.org:443", "arcade.example.org", True),
        ("https://other.example.org", "arcade.example.org", True),
        ("http://127.0.0.1:9999", "127.0.0.1:8080", False),
        ("https://evil.example.org", "arcade.example.org", False),
        ("https://other.example.org.evil.org", "arcade.example.org", False),
        ("null", "arcade.example.org", False),
        ("", "", False),
        ("https://", None, False),
        ("http://[x", "[x", False),
        ("http://[x", "arcade.example.org", False),
    ],
)
def test_only_pages_of_ours_and_of_the_setting_may_talk_to_us_live_5(
    origin: str | None, host: str | None, *, is_allowed: bool
) -> None:
    assert is_allowed_origin(origin, host, {"https://other.example.org"}) is is_allowed


def test_a_socket_of_a_foreign_page_is_refused_before_it_is_accepted_live_5(services: Services) -> None:
    router = APIRouter()

    @router.websocket("/ws/{game_id}")
    async def play(websocket: WebSocket, game_id: str) -> None:
        await websocket.accept()
        await websocket.send_text(game_id)
        await websocket.close()

    with TestClient(create_app(services, routers=[router]), base_url=URL) as client:
        with client.websocket_connect("/ws/Hanoi.v0", headers={"Origin": URL, "Host": HOST}) as socket:
            assert socket.receive_text() == "Hanoi.v0"
        evil = {"Origin": "https://evil.example.org", "Host": HOST}
        with (
            pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)),
            client.websocket_connect("/ws/Hanoi.v0", headers=evil),
        ):
            pass


def test_a_page_of_the_setting_is_answered_with_what_browsers_want(tmp_path: Path, control: FakeControl) -> None:
    page = "https://arcade.example.org"
    services = open_services(Settings(data=tmp_path / "data", allowed_origins=(page,)), control)
    with TestClient(create_app(services), base_url=URL) as client:
        asked = {"Origin": page, "Access-Control-Request-Method": "POST"}
        preflight = client.options("/play-tickets", headers=asked)
        assert preflight.headers["access-control-allow-origin"] == page
        assert "access-control-allow-credentials" not in preflight.headers
        assert client.get("/games", headers={"Origin": "https://evil.example.org"}).status_code == 403
    services.database.dispose()


def test_health_is_told_by_database_folder_and_supervisor(
    client: TestClient, control: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = client.get("/healthz")
    assert (good.status_code, good.json()["ok"], good.json()["n_sessions"]) == (200, True, 0)
    control.is_away = True
    assert client.get("/healthz").status_code == 503
    control.is_away = False

    def fail(_: DataFolder) -> None:
        raise DataFolderError("The data folder /secret/path cannot be written.")

    monkeypatch.setattr(DataFolder, "check_writable", fail)
    bad = client.get("/healthz")
    assert bad.status_code == 503
    assert bad.json()["problems"] == ["The data folder cannot be written."]


def test_a_server_whose_journals_do_not_leave_any_more_is_not_healthy(services: Services, tmp_path: Path) -> None:
    """Two servers use copies of one data folder: a load balancer sends players to the one that ships."""
    board = StatusBoard(tmp_path)
    with TestClient(create_app(services, board=board), base_url=URL) as client:
        board.post("shipper", {"fault": ""})
        assert client.get("/healthz").status_code == 200
        board.post("shipper", {"fault": "Another server has put segment 1 of machine 2."})
        bad = client.get("/healthz")
    assert bad.status_code == 503
    assert bad.json()["problems"] == ["Journals do not leave for the store any more: the log says why."]


def test_no_token_is_ever_logged(client: TestClient, services: Services, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = services.logins.make_admin_code()
    client.get(f"/?admin={code}", headers=PAGE)
    login = client.post("/auth/redeem", json={"code": code}).json()["token"]
    headers = {"Authorization": f"Bearer {login}"}
    ticket = client.post("/play-tickets", json={"game_id": "Breakout.v0"}, headers=headers).json()["ticket"]
    client.get(f"/ws/Breakout.v0?token={ticket}")
    client.get(f"/games/Nope.v0?token={ticket}")
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("skill_arcade"))
    assert "POST /play-tickets 201" in logged
    assert not any(token in logged for token in (code, login, ticket))


TOO_LARGE = {"code": "too_large", "detail": "The body of a request has at most 65536 bytes; this one has more."}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(services: Services) -> None:
    n_read = 0

    def body() -> Iterator[bytes]:
        nonlocal n_read
        for _ in range(160):
            n_read += 1
            yield bytes(65_536)

    async def receive() -> dict[str, object]:
        chunk = next(chunks, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    app = create_app(services)
    for headers, n_chunks in (([(b"content-length", b"10485760")], 0), ([], 2)):
        sent: list[Mapping[str, Any]] = []
        chunks, n_read = body(), 0
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/auth/login",
            "query_string": b"",
            "headers": [(b"host", HOST.encode()), *headers],
        }
        asyncio.run(app(scope, receive, send))
        assert sent[0]["status"] == 413
        assert json.loads(sent[1]["body"]) == TOO_LARGE
        assert n_read == n_chunks


def test_bodies_of_ten_megabytes_are_refused_and_small_ones_are_not(client: TestClient) -> None:
    answer = client.post("/auth/login", content=bytes(10_000_000))
    assert (answer.status_code, answer.json()) == (413, TOO_LARGE)
    assert client.post("/auth/login", json={"guest": True}).status_code == 200
