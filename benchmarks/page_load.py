"""How much a first visit transfers, and how soon a page can be used: a real server, and a browser that was never here.

Ends with an error if a page does not come.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, Report, add_report_options, make_figures, tell
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.chromium import ARGUMENTS, CHROMIUM
from tests.serving import Server, serving

GAME = "Breakout.v0"
PATIENCE_MS = 30_000
_SPREAD = {"min": 0.0, "median": 50.0, "max": 100.0}

KINDS = {
    "Document": "page",
    "Script": "scripts",
    "Stylesheet": "styles",
    "Font": "fonts",
    "Fetch": "answers of the server",
    "XHR": "answers of the server",
}
"""What Chromium calls a resource, to what a figure calls it."""

WATCH = """
addEventListener("click", () => { window.pressedMs = performance.now() }, true);
const watch = setInterval(() => {
  if (window.skillArcade?.state !== "ready") return;
  window.readyMs = performance.now();
  clearInterval(watch);
}, 2);
"""
"""Notes when a game could be begun, and when something was pressed last, by the page's clock, which begins with it."""


def main() -> None:
    """Entry: `python -m benchmarks.page_load`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=5, help="of each page, each by a browser that was never here")
    add_report_options(parser)
    arguments = parser.parse_args()
    report = Report("page_load", loads=arguments.loads, game=GAME)
    with (
        tempfile.TemporaryDirectory(prefix="skill-arcade-bench-") as folder,
        # Neither sealing nor the painting of a new server's pictures competes with the visits.
        serving(Path(folder) / "data", recording="false", examine_games="false") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        # The first game loads its ROM, and the first page is packed: that is nobody's second visit either.
        measure_play(browser, server)
        report.add(*measure_library(browser, server))
        direct_ms, pressed_ms = zip(*[measure_play(browser, server) for _ in range(arguments.loads)], strict=True)
        report.add(*make_figures("play page, from its address to ready", direct_ms, "ms", _SPREAD))
        report.add(*make_figures("play page, from Play in the library to ready", pressed_ms, "ms", _SPREAD))
        browser.close()
    tell(report, arguments)


# --- bytes ---


def measure_library(browser: Browser, server: Server) -> list[Figure]:
    """What the first visit to the library transfers, packed and with the answers' heads."""
    with visiting(browser, server) as page:
        n_bytes = count_bytes(page)
        open_library(page, server)
        page.wait_for_load_state("networkidle")
    del n_bytes["pictures of games"]
    return [
        *(Figure(f"library, first visit: {kind}", n, "bytes") for kind, n in sorted(n_bytes.items())),
        Figure("library, first visit: all but the pictures of games", sum(n_bytes.values()), "bytes"),
    ]


def count_bytes(page: Page) -> Counter[str]:
    """Transferred bytes by kind of resource, filled while the page loads."""
    n_bytes: Counter[str] = Counter()
    kinds: dict[str, str] = {}
    session = page.context.new_cdp_session(page)

    def begin(event: dict[str, Any]) -> None:
        is_picture = event["response"]["url"].endswith("/picture.png")
        kinds[event["requestId"]] = "pictures of games" if is_picture else KINDS.get(event["type"], "other")

    def finish(event: dict[str, Any]) -> None:
        n_bytes[kinds.get(event["requestId"], "other")] += int(event["encodedDataLength"])

    session.on("Network.responseReceived", begin)
    session.on("Network.loadingFinished", finish)
    session.send("Network.enable")
    return n_bytes


# --- time ---


def measure_play(browser: Browser, server: Server) -> tuple[float, float]:
    """Milliseconds until a game can be begun: by its address, and by the library's button; a new browser for each."""
    with visiting(browser, server) as page:
        page.goto(f"{server.url}/play/{GAME}")
        direct_ms = await_ready(page)
    with visiting(browser, server) as page:
        open_library(page, server)
        page.get_by_role("link", name="Play Breakout", exact=True).click()
        pressed_ms = await_ready(page) - float(page.evaluate("window.pressedMs"))
    return direct_ms, pressed_ms


def await_ready(page: Page) -> float:
    """The page's time at which the game could be begun, in ms."""
    for _ in range(PATIENCE_MS // 50):
        if (ready_ms := page.evaluate("window.readyMs ?? null")) is not None:
            return float(ready_ms)
        page.wait_for_timeout(50)
    raise ConnectionError(f"no game could be begun; the page says: {page.locator('body').inner_text()}")


# --- visits ---


@contextmanager
def visiting(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a guest whose browser has nothing kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(f"localStorage['skill-arcade.token'] ??= {log_in(server)!r}")
    context.add_init_script(WATCH)
    yield context.new_page()
    context.close()


def open_library(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/")
    expect(page.get_by_role("link", name="Breakout", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def log_in(server: Server) -> str:
    """The token of a new guest."""
    request = urllib.request.Request(
        f"{server.url}/auth/login", b'{"guest": true}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        token: str = json.load(answer)["token"]
        return token


if __name__ == "__main__":
    main()
