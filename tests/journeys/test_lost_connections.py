"""Processes that die under a game, and a game that is opened twice: the player is told, and plays on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tests.journeys.recorded import await_ended, running_episodes, session_pids
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit, open_tab
from tests.serving import Server


def find_gateway(server: Server, _episode_id: str) -> list[int]:
    return server.pids("gateway")


@pytest.mark.parametrize("find", [find_gateway, session_pids], ids=["gateway", "session"])
def test_a_player_is_back_in_the_same_game_by_themselves_when_a_process_dies(
    guest: Visit, server: Server, find: Callable[[Server, str], list[int]]
) -> None:
    """LIVE-6, LIVE-23, LIVE-71, REC-5."""
    guest.begin(BREAKOUT)
    guest.await_step(20)
    episode_id = guest.episode_id
    killed = find(server, episode_id)
    assert killed, "there is nothing to be killed"
    seen = guest.step
    server.kill(killed)
    guest.await_that(lambda: not set(killed) & set(find(server, episode_id)), "its end")
    guest.await_step(seen + 60)
    guest.await_state("running")
    assert guest.episode_id == episode_id
    assert not set(killed) & set(find(server, episode_id))


def test_a_game_in_turns_goes_on_after_its_session_died_and_is_won_in_seven(guest: Visit, server: Server) -> None:
    """LIVE-36, REC-1, REC-30."""
    guest.begin(HANOI)
    guest.play_hanoi(OPTIMAL_HANOI[:4])
    guest.await_step(4)
    episode_id = guest.episode_id
    server.kill(session_pids(server, episode_id))
    guest.await_that(lambda: guest.told_states[-2:] == ["paused rebuilt", "running"], "the game")
    guest.play_hanoi(OPTIMAL_HANOI[4:])
    guest.await_state("ended")
    expect(guest.overlay).to_contain_text("You won!")
    episode = await_ended(server, episode_id)
    assert episode.n_steps == 7
    assert set(episode.steps()["epoch"].to_pylist()) == {1, 2}


def test_a_game_that_is_opened_in_a_second_tab_stops_kindly_in_the_first_and_can_be_taken_back(
    guest: Visit, server: Server
) -> None:
    """LIVE-26, LIVE-70."""
    first, second = guest, open_tab(guest.page.context, server.url)
    first.begin(HANOI)
    first.play_hanoi(OPTIMAL_HANOI[:2])
    first.await_step(2)
    episode_id = first.episode_id

    second.await_that(lambda: running_episodes(server, first.token)[0]["n_steps"] == 2, "two steps in the index")
    second.open(f"/play/{HANOI}")
    # It was not left: it runs in the first tab.
    expect(second.heading("You have a game under way")).to_be_visible()
    expect(second.page.get_by_text("you left")).to_have_count(0)
    second.button("Continue your game").click()
    first.await_state("closed")
    expect(first.page.get_by_role("alert")).to_contain_text("You play on in another window")
    expect(first.page.get_by_role("link", name="See all games")).to_be_visible()

    second.await_state("paused")
    assert second.episode_id == episode_id
    second.page.keyboard.press("Enter")
    second.await_state("running")
    second.play_hanoi(OPTIMAL_HANOI[2:4])
    second.await_step(4)

    first.button("Play on here").click()
    second.await_state("closed")
    first.await_state("running")
    first.play_hanoi(OPTIMAL_HANOI[4:])
    first.await_state("ended")
    expect(first.overlay).to_contain_text("You won!")
    assert await_ended(server, episode_id).n_steps == 7
