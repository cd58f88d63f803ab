"""`GET /installation`: what pages say before anybody has come in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from skill_arcade.server.app import create_app
from skill_arcade.server.services import Services
from skill_arcade.server.settings import Settings


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (Settings(), {"recording": True, "email_login": True}),
        (Settings(recording=False), {"recording": False, "email_login": True}),
        (Settings(host="0.0.0.0"), {"recording": True, "email_login": False}),
    ],
)
def test_players_are_told_whether_games_are_kept_and_how_one_may_come_in(
    services: Services, static: Path, chosen: Settings, told: dict[str, bool]
) -> None:
    app = create_app(replace(services, settings=chosen), static=static)
    with TestClient(app, base_url="http://127.0.0.1:8080") as client:
        assert client.get("/installation").json() == told
