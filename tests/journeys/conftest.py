"""One server and one browser for all journeys; each test has a browser context, and so a login, of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.journeys.recorded import log_in_guest
from tests.journeys.visit import PATIENCE_S, Visit, open_tab
from tests.serving import Server, serving

IMAGES = Path(__file__).parents[2] / "docs" / "images"

MakeContext = Callable[..., BrowserContext]
MakeGuest = Callable[..., Visit]
TakePicture = Callable[[Visit, str], None]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("journeys") / "data") as server:
        yield server


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def make_context(browser: Browser) -> Iterator[MakeContext]:
    """Makes browser contexts, with Playwright's options; none outlives the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark", **options})
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert errors == [], "the page threw"


@pytest.fixture
def visit(make_context: MakeContext, server: Server) -> Visit:
    """A tab of somebody who was never here."""
    return open_tab(make_context(), server.url)


@pytest.fixture
def make_guest(make_context: MakeContext, server: Server) -> MakeGuest:
    """Makes tabs of guests who came in some time ago, each in a context of its own with Playwright's options."""

    def make(**options: Any) -> Visit:
        context = make_context(**options)
        # Quicker than `storage_state`, which visits the site once for it.
        context.add_init_script(
            f"if (origin === {server.url!r}) localStorage['skill-arcade.token'] ??= {log_in_guest(server)!r}"
        )
        return open_tab(context, server.url)

    return make


@pytest.fixture
def guest(make_guest: MakeGuest) -> Visit:
    return make_guest()


@pytest.fixture
def take_picture() -> TakePicture:
    """Writes a picture for the documentation, only when ARCADE_SCREENSHOTS is set: tests leave the tree alone."""

    def take(visit: Visit, name: str) -> None:
        if os.environ.get("ARCADE_SCREENSHOTS"):
            IMAGES.mkdir(parents=True, exist_ok=True)
            visit.page.screenshot(path=IMAGES / f"{name}.png")

    return take
