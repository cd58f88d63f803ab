"""What a player's browser adds: from a key to the drawn picture, and the work of the page's main thread.

A real Chromium plays on a real server, and the record tells afterwards when keys went down and pictures were drawn: no
instrument sits in the page.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from skill_arcade.bench.chromium import ARGUMENTS, CHROMIUM
from skill_arcade.bench.drawn import measure_drawn_share, measure_key_to_drawn_us
from skill_arcade.bench.figures import Figure, Report, percentile
from skill_arcade.bench.playing import server_in_a_folder
from skill_arcade.bench.served import DidNotHappen, Server
from skill_arcade.dataset import open_dataset
from skill_arcade.domain.errors import SkillArcadeError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

GAMES = {
    "Breakout.v0": ("ArrowLeft", "ArrowRight"),
    "Pong.v0": ("ArrowUp", "ArrowDown"),
    "SpaceInvaders.v0": ("ArrowLeft", "ArrowRight"),
}
"""Games, and keys that do something in them."""

HELD_S = (0.05, 0.15)
FREE_S = (0.03, 0.15)
"""How long a key is down, and none is: hands know nothing of ticks or of the display."""

PATIENCE_S = 20.0
_EPISODE_S = 2.5
_SETTLE_S = 0.5
_LOOK_MS = 20
_PARTS = {"ScriptDuration": "scripts", "LayoutDuration": "layout", "RecalcStyleDuration": "styles"}


@dataclass
class BrowserPlay:
    """What was played in the browser.

    Attributes:
        episodes: their ids.
        n_pictures: that came while the main thread was looked at.
        main_thread_s: its CPU in that time: `TaskDuration` and some of its parts, as Chromium counts them.
    """

    episodes: list[str] = field(default_factory=list)
    n_pictures: int = 0
    main_thread_s: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("TaskDuration", *_PARTS), 0.0))


def require_browser() -> None:
    """Look whether there is what this needs, before anything is measured.

    Raises:
        SkillArcadeError: there is no Playwright, or no Chromium.
    """
    if find_spec("playwright") is None:
        raise SkillArcadeError(
            "`skill-arcade bench latency` drives a browser with playwright: run `pip install playwright`."
        )
    if not Path(CHROMIUM).exists():
        raise SkillArcadeError("`skill-arcade bench latency` needs Chromium: run `apt-get install chromium` as root.")


def add_browser(report: Report, *, quick: bool) -> None:
    """Measure, and add the figures.

    Display and ticks keep whatever phase they happen to have for as long as a game runs: so many short games are
    played instead of a few long ones.

    Raises:
        SkillArcadeError: there is no browser.
        DidNotHappen: no game could be played.
    """
    with server_in_a_folder() as server:
        played = play_in_browser(server, 1 if quick else 8, _EPISODE_S)
        server.kill_everything()  # the journals say all that is wanted
        report.add(*make_figures(server, played))


def make_figures(server: Server, played: BrowserPlay) -> list[Figure]:
    """The figures of what was played."""
    dataset = open_dataset(server.data)
    key_ms: list[float] = []
    n_drawn, n_made = 0, 0
    for episode_id in played.episodes:
        episode = dataset.episode(episode_id)
        steps = episode.steps().to_pylist()
        key_ms += [us / 1000 for us in measure_key_to_drawn_us(episode.events().to_pylist(), steps)]
        drawn, made = measure_drawn_share(steps)
        n_drawn, n_made = n_drawn + drawn, n_made + made
    n_pictures = max(played.n_pictures, 1)
    by_part = {name: seconds * 1000 / n_pictures for name, seconds in played.main_thread_s.items()}
    return [
        Figure("browser: from a key to its drawn picture, p50", percentile(key_ms, 50), "ms", 17, 11),
        Figure("browser: from a key to its drawn picture, p99", percentile(key_ms, 99), "ms", 30, 19),
        Figure("browser: keys measured", len(key_ms), "keys"),
        Figure("browser: pictures that were drawn", n_drawn / n_made if n_made else None, "of those made"),
        Figure("browser: CPU of the main thread for a picture", by_part["TaskDuration"], "ms", 0.5, 0.25),
        *(Figure(f"browser: of that, {word}", by_part[name], "ms") for name, word in _PARTS.items()),
    ]


def play_in_browser(server: Server, n_episodes: int, episode_s: float) -> BrowserPlay:
    """Let somebody play each of the games that many times, one game after the other, with real keys.

    Raises:
        SkillArcadeError: there is no browser.
        DidNotHappen: a page did not come to where it can be played.
    """
    require_browser()
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a development dependency

    played, dice = BrowserPlay(), Random(0)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            for game in GAMES:
                _Tab(browser, server, game, dice).play(n_episodes, episode_s, played)
        finally:
            browser.close()
    return played


class _Tab:
    """A tab of a new guest at one game's page."""

    def __init__(self, browser: Browser, server: Server, game: str, dice: Random) -> None:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        context.add_init_script(f"localStorage['skill-arcade.token'] ??= {_log_in(server)!r}")
        self._page: Page = context.new_page()
        self._devtools: CDPSession = context.new_cdp_session(self._page)
        self._keys = GAMES[game]
        self._dice = dice
        self._page.goto(f"{server.url}/play/{game}")
        # The thread's own CPU: what others do on this machine is not the page's work.
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def play(self, n_episodes: int, episode_s: float, played: BrowserPlay) -> None:
        """Play one episode after another; the tab is closed then."""
        for _ in range(n_episodes):
            self._await(lambda: self._ask("state") == "ready", "a game that can be begun")
            episode_id = str(self._ask("episodeId"))
            self._page.keyboard.press("x")  # it means nothing in any game, and begins all of them
            self._await(lambda: self._ask("state") == "running", "a running game")
            time.sleep(_SETTLE_S)
            began, first = self._read_main_thread(), self._step
            self._press_keys(episode_s)
            for name, seconds in self._read_main_thread().items():
                played.main_thread_s[name] += seconds - began[name]
            played.n_pictures += self._step - first
            self._start_over(episode_id)
            played.episodes.append(episode_id)
        self._page.context.close()

    def _press_keys(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            key = self._dice.choice(self._keys)
            for kind, bounds in (("rawKeyDown", HELD_S), ("keyUp", FREE_S)):
                self._devtools.send("Input.dispatchKeyEvent", {"type": kind, "code": key, "key": key})
                time.sleep(self._dice.uniform(*bounds))

    def _start_over(self, episode_id: str) -> None:
        """Give the game up, which sends the last of what was drawn, and wait for another one."""
        if self._ask("state") == "running":
            self._page.keyboard.press("Escape")
            self._await(lambda: self._ask("state") in ("paused", "ended"), "a pause")
        is_over = self._ask("state") == "ended"
        self._page.get_by_role("button", name="New game").first.click()
        if not is_over:
            self._page.get_by_role("dialog").get_by_role("button", name="Start over").click()
        self._await(lambda: self._ask("episodeId") not in (None, episode_id), "another game")

    def _read_main_thread(self) -> dict[str, float]:
        """Seconds of CPU since the page was opened: the whole, and parts."""
        metrics = self._devtools.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] for each in metrics if each["name"] in ("TaskDuration", *_PARTS)}

    def _ask(self, member: str) -> str | None:
        answer: str | None = self._page.evaluate(f"window.skillArcade?.{member}")
        return answer

    @property
    def _step(self) -> int:
        """The newest that the page was told of: while the game runs, of a quarter of a second ago at most."""
        step: int = self._page.evaluate("window.skillArcade.step")
        return step

    def _await(self, holds: Callable[[], bool], what: str) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > deadline_s:
                said = self._page.locator("body").inner_text()
                raise DidNotHappen(f"{what} did not come in the browser; the page says:\n{said}")
            self._page.wait_for_timeout(_LOOK_MS)


def _log_in(server: Server) -> str:
    """The token of a new guest (LIVE-1)."""
    request = urllib.request.Request(  # noqa: S310 - our own
        f"{server.url}/auth/login", b'{"guest": true}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        token: str = json.load(answer)["token"]
        return token
