from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.accounts.hand_clock import HandClock
from tests.database.migrated import make_database
from tests.server.fakes import FakeControl
from tests.server.players import bearer
from tests.serving import Server, serving

from skill_arcade.games.catalogue import Catalogue
from skill_arcade.server import services as services_module
from skill_arcade.server.app import create_app
from skill_arcade.server.offered_games import load_catalogue
from skill_arcade.server.services import Services, open_services
from skill_arcade.server.settings import Settings

URL = "http://127.0.0.1:8080"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with settings as they are when nobody sets any; a module that needs others has one of its own."""
    with serving(tmp_path_factory.mktemp("server") / "data") as server:
        yield server


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def control() -> FakeControl:
    return FakeControl()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The games that come with the program, read once: that takes longer than most tests, and nobody changes them."""
    return load_catalogue(Settings())


@pytest.fixture
def services(
    settings: Settings,
    control: FakeControl,
    clock: HandClock,
    catalogue: Catalogue,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Services]:
    settings.data.mkdir(parents=True)
    make_database(settings.data).dispose()
    if settings.games is None:
        monkeypatch.setattr(services_module, "load_catalogue", lambda _: catalogue)
    services = open_services(settings, control, clock=clock)
    yield services
    services.database.dispose()


@pytest.fixture
def static(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>The app</title>")
    (folder / "assets" / "app-1a2b.js").write_text("1")
    return folder


@pytest.fixture
def client(services: Services, static: Path) -> Iterator[TestClient]:
    with TestClient(create_app(services, static=static), base_url=URL) as client:
        yield client


@pytest.fixture
def guest(services: Services) -> dict[str, str]:
    """Headers of somebody who is logged in."""
    return bearer(services.logins.log_in_guest().token)


@pytest.fixture
def other_guest(services: Services) -> dict[str, str]:
    return bearer(services.logins.log_in_guest().token)


@pytest.fixture
def admin(services: Services) -> dict[str, str]:
    return bearer(services.logins.redeem_admin_code(services.logins.make_admin_code()).token)
