"""Tabs that are closed: a game that was never begun is given back, one under way waits."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.recorded import running_episodes
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit, open_tab
from tests.serving import Server


def test_a_game_that_was_never_begun_does_not_outlive_its_tab(guest: Visit, server: Server) -> None:
    """LIVE-20."""
    guest.go_to(BREAKOUT)
    token = guest.token
    guest.page.close(run_before_unload=True)
    other = open_tab(guest.page.context, server.url)
    other.open("/")
    other.await_that(lambda: running_episodes(server, token) == [], "the end of the game that nobody played")
    expect(other.card("Breakout")).to_be_visible()
    expect(other.heading("Continue")).to_have_count(0)


def test_a_game_under_way_is_continued_after_its_tab_was_closed(guest: Visit, server: Server) -> None:
    """LIVE-2, LIVE-22."""
    guest.begin(HANOI)
    guest.play_hanoi(OPTIMAL_HANOI[:2])
    guest.await_step(2)
    token, episode_id = guest.token, guest.episode_id
    guest.page.close(run_before_unload=True)
    other = open_tab(guest.page.context, server.url)
    other.await_that(lambda: running_episodes(server, token)[0]["n_steps"] == 2, "two steps in the index")
    other.open(f"/play/{HANOI}")
    other.button("Continue your game").click()
    other.await_state("paused")
    assert (other.episode_id, other.step) == (episode_id, 2)
    other.page.keyboard.press("Enter")
    other.await_state("countdown")
