"""Tabs that are closed: a game that was never begun is given back, one under way waits."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect
from tests.journeys.conftest import MakeContext
from tests.journeys.recorded import ask
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, open_tab
from tests.serving import Server


def running_episodes(server: Server, token: str) -> list[dict[str, Any]]:
    episodes: list[dict[str, Any]] = ask(server, "/episodes?owner=me&status=running", token)["episodes"]
    return episodes


def test_a_game_that_was_never_begun_does_not_outlive_its_tab(make_context: MakeContext, server: Server) -> None:
    """LIVE-20."""
    context = make_context()
    tab = open_tab(context, server.url)
    tab.come_in_as_guest()
    token = tab.token
    tab.go_to(BREAKOUT)
    tab.page.close(run_before_unload=True)
    other = open_tab(context, server.url)
    other.open("/")
    other.await_that(lambda: running_episodes(server, token) == [], "the end of the game that nobody played")
    expect(other.page.get_by_role("link", name="Breakout")).to_contain_text("New to you")


def test_a_game_under_way_is_continued_after_its_tab_was_closed(make_context: MakeContext, server: Server) -> None:
    """LIVE-2, LIVE-22."""
    context = make_context()
    tab = open_tab(context, server.url)
    tab.come_in_as_guest()
    tab.begin(HANOI)
    tab.play_hanoi(OPTIMAL_HANOI[:2])
    tab.await_step(2)
    token, episode_id = tab.token, tab.episode_id
    tab.page.close(run_before_unload=True)
    other = open_tab(context, server.url)
    other.await_that(lambda: running_episodes(server, token)[0]["n_steps"] == 2, "two steps in the index")
    other.open(f"/play/{HANOI}")
    other.button("Continue your game").click()
    other.await_state("paused")
    assert (other.episode_id, other.step) == (episode_id, 2)
    other.page.keyboard.press("Enter")
    other.await_state("running")
    other.play_hanoi(OPTIMAL_HANOI[2:])
    other.await_state("ended")
    expect(other.overlay).to_contain_text("You won!")
