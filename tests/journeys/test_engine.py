"""Where pictures are drawn: in a worker, which a busy page does not hold up, or, where workers cannot, in the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect
from tests.journeys.recorded import await_ended, await_sealed, hash_pictures, log_in_guest, running_episodes
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit, open_tab
from tests.serving import Server

WORKER_FILE = "**/assets/worker-*.js"

BLOCK = """
() => {
  const began = performance.now();
  while (performance.now() < began + 300);
  return [began * 1000, performance.now() * 1000];
}
"""
"""Keeps the page from doing anything else; when, in its own time."""


@pytest.fixture
def faulty(browser: Browser, server: Server) -> Iterator[Visit]:
    """A guest's tab in which something is thrown that nobody catches; it is looked at in no other journey."""
    context = browser.new_context()
    context.add_init_script(f"localStorage['skill-arcade.token'] ??= {log_in_guest(server)!r}")
    yield open_tab(context, server.url)
    context.close()


def test_pictures_are_drawn_while_the_page_does_something_else(guest: Visit, server: Server) -> None:
    """LIVE-33, LIVE-52: they have times of the page's clock, whichever thread drew them."""
    guest.begin(BREAKOUT)
    guest.await_step(30)
    assert len(guest.page.workers) == 1
    began_us, ended_us = guest.page.evaluate(BLOCK)
    guest.page.keyboard.press("ArrowLeft")
    episode_id = guest.episode_id
    guest.page.keyboard.press("p")
    guest.await_state("paused")
    guest.button("New game").click()
    guest.overlay.get_by_role("button", name="Start over").click()

    episode = await_ended(server, episode_id)
    steps = episode.steps().to_pylist()
    drawn_us = [each["drawn_at_client_us"] for each in steps if each["drawn_at_client_us"] is not None]
    assert len([at_us for at_us in drawn_us if began_us < at_us < ended_us]) >= 3
    assert drawn_us == sorted(drawn_us)
    # A key that came after it names a picture that was drawn in the meantime.
    key = next(each for each in episode.events().to_pylist() if each["code"] == "ArrowLeft")
    shown = next(each for each in steps if each["step"] == key["shown_step"] - 1)
    assert key["t_client_us"] > ended_us
    assert began_us < shown["drawn_at_client_us"] <= key["t_client_us"]


def test_a_browser_whose_workers_cannot_draw_plays_all_the_same(guest: Visit, server: Server) -> None:
    """REC-2, LIVE-52."""
    guest.page.add_init_script("delete HTMLCanvasElement.prototype.transferControlToOffscreen")
    guest.begin(HANOI, record_canvas=True)
    assert guest.page.workers == []
    guest.play_hanoi()
    guest.await_state("ended")
    guest.await_that(lambda: guest.drawn_hashes[-1][0] == 7, "the last picture")
    episode = await_sealed(server, guest.episode_id)
    assert (episode.info.status, episode.n_steps) == ("won", 7)
    recorded = hash_pictures(episode)
    assert [step for step, digest in guest.drawn_hashes if recorded[step] != digest] == []


def test_a_worker_whose_file_cannot_be_had_is_asked_for_again(guest: Visit) -> None:
    """LIVE-3."""
    guest.page.route(WORKER_FILE, lambda route: route.abort())
    guest.open(f"/play/{HANOI}")
    guest.await_state("refused")
    expect(guest.overlay).to_contain_text("The arcade can't be reached")
    guest.page.unroute(WORKER_FILE)
    guest.button("Try again").click()
    guest.await_state("ready")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param("OffscreenCanvas.prototype.getContext = () => null;", id="exception"),
        pytest.param("globalThis.WebSocket = class { constructor() { throw new Error('none') } };", id="rejection"),
    ],
)
def test_a_worker_that_fails_with_the_canvas_says_so_and_the_page_is_loaded_anew(faulty: Visit, fault: str) -> None:
    def spoil(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=fault + response.text())

    faulty.page.route(WORKER_FILE, spoil)
    faulty.open(f"/play/{HANOI}")
    faulty.await_state("refused")
    expect(faulty.overlay).to_contain_text("This page broke down")
    faulty.page.unroute(WORKER_FILE)
    faulty.button("Reload the page").click()
    faulty.await_state("ready")


def test_a_game_whose_worker_fails_is_gone_on_with_after_the_page_was_loaded_anew(
    faulty: Visit, server: Server
) -> None:
    """LIVE-2, LIVE-23."""
    faulty.begin(HANOI)
    faulty.play_hanoi(OPTIMAL_HANOI[:2])
    faulty.await_step(2)
    token, episode_id = faulty.token, faulty.episode_id
    faulty.page.workers[0].evaluate("() => void setTimeout(() => { throw new Error('a fault') })")
    faulty.await_state("refused")
    faulty.await_that(lambda: running_episodes(server, token)[0]["n_steps"] == 2, "two steps in the index")
    faulty.button("Reload the page").click()
    faulty.button("Continue your game").click()
    faulty.await_state("paused")
    assert (faulty.episode_id, faulty.step) == (episode_id, 2)
