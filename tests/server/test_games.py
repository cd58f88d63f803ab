from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from skill_arcade.server.services import Services

PNG = b"\x89PNG\r\n\x1a\n"


def test_every_game_tells_its_controls_live_38(client: TestClient, services: Services) -> None:
    games = client.get("/games").json()["games"]
    assert [game["id"] for game in games] == [game.id for game in services.catalogue]
    breakout = client.get("/games/Breakout.v0").json()
    assert breakout in games
    assert breakout["controls"][0] == {"does": "LEFT", "keys": ["ArrowLeft", "KeyA"], "say": "Move left"}
    assert breakout["pacing"] == {"mode": "realtime", "tick_hz": 60.0}
    assert breakout["metric"]["from"] == "reward"


def test_a_game_says_all_that_its_public_view_says_and_no_seed(client: TestClient, services: Services) -> None:
    for game in services.catalogue:
        answer = client.get(f"/games/{game.id}").json()
        assert answer == game.public_view()
        assert "seed" not in answer


def test_an_unknown_game_is_told_so_live_3(client: TestClient) -> None:
    for path in ("/games/Nope.v0", "/games/Nope.v0/picture.png"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_game")


def test_the_environment_itself_paints_its_picture_once(client: TestClient, services: Services) -> None:
    first = client.get("/games/Hanoi.v0/picture.png")
    assert first.content.startswith(PNG)
    assert first.headers["content-type"] == "image/png"
    (kept,) = services.folder.pictures.glob("Hanoi.v0-*.png")
    kept.write_bytes(PNG + b"kept")
    assert client.get("/games/Hanoi.v0/picture.png").content == PNG + b"kept"


def test_a_kept_picture_does_not_wait_until_another_is_painted(services: Services) -> None:
    game = services.catalogue.get("Hanoi.v0")
    painted = services.pictures.read(game)
    with ThreadPoolExecutor(1) as pool, services.pictures._lock:
        assert pool.submit(services.pictures.read, game).result(timeout=5) == painted


def test_a_game_that_cannot_be_opened_has_a_plain_picture(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    answer = client.get("/games/Breakout.v0/picture.png")
    assert answer.content.startswith(PNG)
    width = int.from_bytes(answer.content[16:20], "big")
    assert width == 160
