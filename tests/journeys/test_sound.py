"""Sound in a real browser: silent until asked for, heard when it is, and no step the later for it."""

from __future__ import annotations

import json
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import WebSocket, expect
from tests.journeys.recorded import await_sealed
from tests.journeys.visit import BREAKOUT, CARTPOLE, Visit
from tests.serving import Server

from skill_arcade.bench.stretches import read_running
from skill_arcade.dataset import Episode

TICK_NS = 1e9 / 60
SOUND_KIND = 2

HEAR = """
(() => {
  const heard = (window.heard = { peak: 0, contexts: [] });
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, analyser);
      const samples = new Float32Array(2048);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) heard.peak = Math.max(heard.peak, Math.abs(sample));
      }, 20);
      heard.contexts.push(this.context);
    }
    return connect.call(this, to, ...more);
  };
})();
"""
"""Listens to what goes to the loudspeakers."""


class SoundMessages:
    """Counts them as they come over the wire, whatever the page makes of them."""

    def __init__(self, visit: Visit) -> None:
        self.n = 0
        visit.page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._count)

    def _count(self, payload: str | bytes) -> None:
        self.n += isinstance(payload, bytes) and payload[:1] == bytes([SOUND_KIND])


def counts_of(visit: Visit) -> dict[str, Any]:
    """What the audio thread has counted."""
    counts: dict[str, Any] | None = visit.page.evaluate("window.skillArcade.sound.readCounts()")
    return counts or {"steps": 0, "loudSamples": 0, "gaps": 0, "droppedSamples": 0}


def serve_until_heard(visit: Visit) -> None:
    """A ball that is served bounces somewhere."""

    def is_heard() -> bool:
        visit.page.keyboard.press("Space", delay=30)
        return bool(counts_of(visit)["loudSamples"] > 1000 and visit.page.evaluate("heard.peak") > 0.01)

    visit.await_that(is_heard, "a sound")


def assert_every_step_came_at_its_deadline(episode: Episode) -> None:
    """LIVE-25: sixty a second from the start on, none early, and not late in the mean; the record tells of stalls.

    However late a single step of a busy machine is: the deadlines of those after it are where they were, or a stall
    says where they are now.
    """
    events = episode.events().to_pylist()
    assert {event["kind"] for event in events} >= {"start", "sound"}
    assert all("t0_ns" in json.loads(event["detail"]) for event in events if event["kind"] in {"start", "stall"})
    late_ns = read_running(episode).lateness_ns
    assert len(late_ns) == episode.n_steps
    assert min(late_ns) >= 0
    assert median(late_ns) < TICK_NS


@pytest.mark.slow
def test_sound_is_off_until_asked_for_then_heard_and_the_pictures_keep_their_time(guest: Visit, server: Server) -> None:
    """LIVE-25, LIVE-41, LIVE-42, REC-25."""
    guest.page.add_init_script(HEAR)
    messages = SoundMessages(guest)
    guest.go_to(BREAKOUT)
    guest.page.keyboard.press("Space")
    guest.await_state("running")
    guest.await_step(60)
    toggle = guest.page.get_by_role("button", name="Sound")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    assert (messages.n, guest.page.evaluate("heard.contexts.length")) == (0, 0), "before it was asked for"

    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    serve_until_heard(guest)
    assert guest.page.evaluate("heard.contexts.map(({ state }) => state)") == ["running"]
    assert messages.n > 0
    asked_for = counts_of(guest)
    assert 0 < asked_for["steps"] <= messages.n
    guest.await_step(guest.step + 120)

    guest.page.keyboard.press("m")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    guest.await_step(guest.step + 10)
    n_before = messages.n
    guest.await_step(guest.step + 60)
    assert messages.n == n_before, "after it was turned off"

    guest.page.keyboard.press("p")
    guest.await_state("paused")
    episode_id = guest.episode_id
    guest.button("New game").click()
    guest.overlay.get_by_role("button", name="Start over").click()
    guest.await_that(lambda: guest.episode_id != episode_id, "another game")
    episode = await_sealed(server, episode_id)
    told = [event["detail"] for event in episode.events().to_pylist() if event["kind"] == "sound"]
    assert told == ['{"on":true}', '{"on":false}']
    assert_every_step_came_at_its_deadline(episode)


def test_sound_stays_on_from_game_to_game_and_the_volume_from_visit_to_visit(guest: Visit) -> None:
    """LIVE-41: every episode is asked anew."""
    messages = SoundMessages(guest)
    guest.begin(BREAKOUT)
    guest.page.get_by_role("button", name="Sound").click()
    guest.page.get_by_role("slider", name="Volume").fill("0.25")
    guest.await_that(lambda: messages.n > 0, "sound")

    episode_id = guest.episode_id
    guest.button("New game").click()
    guest.overlay.get_by_role("button", name="Start over").click()
    guest.await_that(lambda: guest.episode_id != episode_id, "another game")
    guest.await_state("ready")
    n_before = messages.n
    guest.page.keyboard.press("x")
    guest.await_that(lambda: messages.n > n_before, "sound of the next game")

    guest.page.reload()
    guest.await_that(lambda: guest.state != "none" or guest.button("New game").is_visible(), "the page")
    if guest.state == "none":
        guest.button("New game").click()
    guest.await_state("ready")
    toggle = guest.page.get_by_role("button", name="Sound")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    expect(guest.page.get_by_role("slider", name="Volume")).to_have_value("0.25")


def test_a_game_without_sound_has_no_button_for_it(guest: Visit) -> None:
    """LIVE-40."""
    guest.begin(CARTPOLE)
    expect(guest.page.get_by_role("button", name="Sound")).to_have_count(0)
