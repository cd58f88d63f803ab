"""Where pictures are drawn: in a worker, which a busy page does not hold up, or, where workers cannot, in the page."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.journeys.recorded import await_ended, await_sealed, hash_pictures
from tests.journeys.visit import BREAKOUT, HANOI, Visit
from tests.serving import Server

BLOCK = """
() => {
  const began = performance.now();
  while (performance.now() < began + 300);
  return [began * 1000, performance.now() * 1000];
}
"""
"""Keeps the page from doing anything else; when, in its own time."""


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
    guest.page.route("**/assets/worker-*.js", lambda route: route.abort())
    guest.open(f"/play/{HANOI}")
    guest.await_state("refused")
    expect(guest.overlay).to_contain_text("The arcade can't be reached")
    guest.page.unroute("**/assets/worker-*.js")
    guest.button("Try again").click()
    guest.await_state("ready")
