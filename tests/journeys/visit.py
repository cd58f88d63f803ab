"""One person's tab: the web app in a real browser, looked at as a person would, and through `window.skillArcade`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

PATIENCE_S = 20.0
POLL_MS = 20

BREAKOUT = "Breakout.v0"
CARTPOLE = "CartPole.v1"
HANOI = "Hanoi.v0"

READ_CANVAS = """
(() => {
  const canvas = document.querySelector("[data-testid=screen]");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  return copy;
})()
"""
"""A context with what is on the screen now: the canvas itself is drawn by a worker, and cannot be read."""

OPTIMAL_HANOI = ("13", "12", "32", "13", "21", "23", "13")
"""The seven moves of three discs: from pole, to pole."""


@dataclass
class Visit:
    """A tab, and what one does in it."""

    page: Page
    url: str

    # --- where one is ---

    def open(self, path: str = "/") -> None:
        self.page.goto(f"{self.url}{path}")

    def come_in_as_guest(self) -> None:
        """Through the front door, to the library."""
        self.open("/")
        self.page.get_by_role("button", name="Play as a guest").click()
        expect(self.heading("Pick a game")).to_be_visible()

    def go_to(self, game_id: str, *, record_canvas: bool = False) -> None:
        """To a game's page, until it can be begun."""
        self.open(f"/play/{game_id}" + ("?record-canvas=1" if record_canvas else ""))
        self.await_state("ready")

    def begin(self, game_id: str, *, record_canvas: bool = False) -> None:
        """To a game's page, and start with a key that means nothing in any game."""
        self.go_to(game_id, record_canvas=record_canvas)
        self.page.keyboard.press("x")
        self.await_state("running")

    def leave_as_guest(self) -> None:
        """Out of the front door for good: a guest is asked first."""
        self.button("Guest").click()
        self.page.get_by_role("menuitem", name="Leave").click()
        self.page.get_by_role("alertdialog").get_by_role("button", name="Leave").click()
        expect(self.heading("Come in")).to_be_visible()

    # --- what one sees ---

    def heading(self, name: str) -> Locator:
        return self.page.get_by_role("heading", name=name)

    def card(self, title: str) -> Locator:
        """A game in the library."""
        return self.page.get_by_role("article", name=title, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name)

    @property
    def overlay(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def state(self) -> str:
        """The phase; "none" where there is no game."""
        state: str = self.page.evaluate("window.skillArcade?.state ?? 'none'")
        return state

    @property
    def step(self) -> int:
        step: int = self.page.evaluate("window.skillArcade.step")
        return step

    @property
    def episode_id(self) -> str:
        """Once it is known."""
        self.await_that(lambda: self.page.evaluate("window.skillArcade?.episodeId") is not None, "an episode")
        episode_id: str = self.page.evaluate("window.skillArcade.episodeId")
        return episode_id

    @property
    def drawn_hashes(self) -> list[tuple[int, str]]:
        """Number and hash of every picture drawn."""
        drawn = self.page.evaluate("window.skillArcade.drawnHashes")
        return [(each["step"], each["hash"]) for each in drawn]

    @property
    def told_states(self) -> list[str]:
        """What the server said of the game, newest last."""
        states: list[str] = self.page.evaluate("[...window.skillArcade.toldStates]")
        return states

    @property
    def token(self) -> str:
        """The login."""
        token: str = self.page.evaluate("localStorage.getItem('skill-arcade.token')")
        return token

    # --- waiting ---

    def await_that(self, holds: Callable[[], Any], what: str) -> None:
        """Wait until it holds.

        Not by `wait_for_function`, which makes code of a string in the page: the page's policy forbids that.
        """
        deadline_s = time.monotonic() + PATIENCE_S
        while not holds():
            if time.monotonic() > deadline_s:
                raise AssertionError(f"{what} did not come; the page says:\n{self.page.locator('body').inner_text()}")
            self.page.wait_for_timeout(POLL_MS)

    def await_state(self, *states: str) -> str:
        self.await_that(lambda: self.state in states, f"state {' or '.join(states)} (it is {self.state!r})")
        return self.state

    def await_step(self, step: int) -> None:
        self.await_that(lambda: self.step >= step, f"step {step}")

    # --- playing ---

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        self.page.keyboard.down(key)
        yield
        self.page.keyboard.up(key)

    def play_hanoi(self, moves: tuple[str, ...] = OPTIMAL_HANOI) -> None:
        for pole in "".join(moves):
            self.page.keyboard.press(pole)


def open_tab(context: BrowserContext, url: str) -> Visit:
    """A new tab of the same browser: it shares logins and saved games with the others of its context."""
    return Visit(context.new_page(), url)
