"""Pausing: by key, by button, by looking away; and keys that never move the page."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.conftest import MakeGuest
from tests.journeys.recorded import await_ended
from tests.journeys.visit import BREAKOUT, HANOI, Visit
from tests.serving import Server


def quit_game(visit: Visit) -> None:
    """For good, from a pause or out of the game."""
    episode_id = visit.episode_id
    visit.button("New game").click()
    visit.overlay.get_by_role("button", name="Start over").click()
    visit.await_that(lambda: visit.episode_id != episode_id, "another game")


def test_escape_takes_back_the_wish_to_start_over(guest: Visit) -> None:
    """LIVE-22."""
    guest.begin(HANOI)
    episode_id = guest.episode_id
    guest.button("New game").click()
    expect(guest.overlay).to_contain_text("Start over?")
    guest.page.keyboard.press("Escape")
    guest.await_state("running")
    assert guest.episode_id == episode_id


def test_no_step_happens_in_a_pause_whether_by_key_by_button_or_by_looking_away(guest: Visit, server: Server) -> None:
    """LIVE-22, LIVE-23, LIVE-37, REC-25."""
    guest.begin(BREAKOUT)
    episode_id = guest.episode_id
    guest.await_step(5)
    guest.page.keyboard.press("p")
    guest.await_state("paused")
    expect(guest.overlay).to_contain_text("Paused")
    expect(guest.button("Resume").first).to_be_focused()
    guest.page.keyboard.press("Enter")
    guest.await_state("countdown")
    expect(guest.page.get_by_role("status")).to_contain_text("Get ready.")
    guest.button("Pause").click()
    guest.await_state("paused")
    guest.overlay.get_by_role("button", name="Resume").click()
    guest.await_state("running")

    guest.await_step(guest.step + 5)
    guest.page.evaluate("window.dispatchEvent(new Event('blur'))")
    guest.await_state("paused")
    expect(guest.overlay).to_contain_text("You looked away, so the game stopped.")
    quit_game(guest)

    episode = await_ended(server, episode_id)
    events = [each for each in episode.events().to_pylist() if each["kind"] in ("pause", "resume")]
    assert [each["kind"] for each in events] == ["pause", "pause", "resume", "pause"]
    reasons = [each["detail"] for each in events if each["kind"] == "pause"]
    assert [reason.split('"')[3] for reason in reasons] == ["player", "player", "blur"]
    ticks = episode.steps()["t_tick_ns"].to_pylist()
    paused, _, resumed, paused_again = events
    assert paused["step"] == resumed["step"] >= 5
    assert not [tick for tick in ticks if paused["t_received_ns"] < tick < resumed["t_received_ns"]]
    assert paused_again["step"] == episode.n_steps == len(ticks)


def test_arrows_and_space_never_scroll_the_page(make_guest: MakeGuest) -> None:
    guest = make_guest(viewport={"width": 500, "height": 300})
    guest.go_to(HANOI)
    assert guest.page.evaluate("document.documentElement.scrollHeight > innerHeight + 100"), "nothing to scroll"
    guest.page.mouse.wheel(0, 60)
    guest.await_that(lambda: guest.page.evaluate("scrollY") == 60, "scrolling by the wheel")

    def hammer() -> None:
        for key in ("ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "ArrowDown", "ArrowDown"):
            guest.page.keyboard.press(key)
            guest.page.keyboard.down(key)
            guest.page.keyboard.down(key)  # as the keyboard repeats it
            guest.page.keyboard.up(key)

    guest.page.keyboard.press("Space")
    guest.await_state("running")
    hammer()
    guest.page.keyboard.press("Space")
    assert guest.page.evaluate("new Promise(requestAnimationFrame).then(() => scrollY)") == 60
    guest.page.keyboard.press("p")
    guest.await_state("paused")
    hammer()
    assert guest.page.evaluate("new Promise(requestAnimationFrame).then(() => scrollY)") == 60
