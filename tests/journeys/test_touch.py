"""A phone: keys drawn on the glass, under real fingers; what they do is recorded like the keys that they stand for."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, expect
from tests.journeys.conftest import MakeGuest
from tests.journeys.recorded import await_ended
from tests.journeys.test_breakout import LOOK
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit
from tests.serving import Server

PORTRAIT = {"width": 360, "height": 740}
LANDSCAPE = {"width": 740, "height": 360}
SMALLEST_TARGET = 44
"""CSS pixels, so that a thumb meets it."""

FINGERS = ("left", "right")


def open_phone(make_guest: MakeGuest, viewport: dict[str, int] = PORTRAIT) -> Visit:
    return make_guest(viewport=viewport, has_touch=True, is_mobile=True, device_scale_factor=2)


class Fingers:
    """Fingers on the glass, by name; each may be put down, slid and lifted while the others stay."""

    def __init__(self, visit: Visit) -> None:
        self._session: CDPSession = visit.page.context.new_cdp_session(visit.page)
        self._down: dict[str, tuple[float, float]] = {}

    def put(self, name: str, where: Locator, across: float = 0.5) -> None:
        """On an element, so far across it."""
        self._down[name] = point_on(where, across)
        self._send("touchStart", *self._down)

    def slide(self, name: str, where: Locator, across: float = 0.5) -> None:
        self._down[name] = point_on(where, across)
        self._send("touchMove", *self._down)

    def lift(self, name: str) -> None:
        self._send("touchEnd", name)
        del self._down[name]

    def _send(self, kind: str, *names: str) -> None:
        places = {name: self._down[name] for name in names}
        points = [{"x": x, "y": y, "id": FINGERS.index(name)} for name, (x, y) in places.items()]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def point_on(where: Locator, across: float) -> tuple[float, float]:
    box = where.bounding_box()
    assert box is not None
    return box["x"] + box["width"] * across, box["y"] + box["height"] / 2


def pad(visit: Visit) -> Locator:
    return visit.page.get_by_role("group", name="Directions")


def see(visit: Visit) -> dict[str, Any]:
    seen: dict[str, Any] = visit.page.evaluate(LOOK)
    return seen


@pytest.mark.parametrize("viewport", [PORTRAIT, LANDSCAPE], ids=["portrait", "landscape"])
def test_breakout_is_played_with_two_thumbs(make_guest: MakeGuest, server: Server, viewport: dict[str, int]) -> None:
    """LIVE-31, LIVE-32, LIVE-33."""
    phone = open_phone(make_guest, viewport)
    phone.go_to(BREAKOUT)
    expect(phone.page.get_by_text("Tap to start")).to_be_visible()
    fingers = Fingers(phone)
    fire = phone.button("Serve")

    fingers.put("right", fire)
    phone.await_state("running")
    fingers.lift("right")
    phone.await_step(20)
    start = see(phone)["paddle"]
    fingers.put("left", pad(phone), across=0.8)
    phone.await_that(lambda: see(phone)["paddle"] > start + 15, "the paddle on its way to the right")
    fingers.put("right", fire)
    fingers.lift("right")
    fingers.slide("left", pad(phone), across=0.2)
    turned = see(phone)["paddle"]
    phone.await_that(lambda: see(phone)["paddle"] < turned - 10, "the paddle on its way back")
    fingers.lift("left")
    assert phone.page.evaluate("[scrollX, visualViewport.scale]") == [0, 1]

    episode_id = phone.episode_id
    phone.button("New game").click()
    phone.overlay.get_by_role("button", name="Start over").click()
    phone.await_that(lambda: phone.episode_id != episode_id, "another game")
    episode = await_ended(server, episode_id)
    events = [each for each in episode.events().to_pylist() if each["kind"] in ("down", "up")]
    assert [(each["kind"], each["code"], each["key"]) for each in events] == [
        ("down", "Space", " "),
        ("up", "Space", " "),
        ("down", "ArrowRight", "ArrowRight"),
        ("down", "Space", " "),
        ("up", "Space", " "),
        ("down", "ArrowLeft", "ArrowLeft"),
        ("up", "ArrowRight", "ArrowRight"),
        ("up", "ArrowLeft", "ArrowLeft"),
    ]
    assert episode.info.row["input_device"] == "touch"


@pytest.mark.parametrize("viewport", [PORTRAIT, LANDSCAPE], ids=["portrait", "landscape"])
def test_screen_and_keys_are_on_the_glass_together_and_large_enough(
    make_guest: MakeGuest, viewport: dict[str, int]
) -> None:
    phone = open_phone(make_guest, viewport)
    phone.go_to(BREAKOUT)
    phone.button("Start").tap()
    phone.await_state("running")
    page = phone.page
    targets = [*pad(phone).get_by_role("button").all(), phone.button("Serve"), phone.button("Pause")]
    for each in (*targets, page.get_by_test_id("screen")):
        box = each.bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= viewport["width"] - box["width"], each
        assert 0 <= box["y"] <= viewport["height"] - box["height"], each
        assert min(box["width"], box["height"]) >= SMALLEST_TARGET, each
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]


def test_a_finger_that_is_still_down_when_the_game_stops_presses_nothing_when_it_goes_on(
    make_guest: MakeGuest, server: Server
) -> None:
    """LIVE-23, LIVE-32."""
    phone = open_phone(make_guest)
    phone.go_to(BREAKOUT)
    fingers = Fingers(phone)
    fingers.put("left", pad(phone), across=0.8)
    phone.await_state("running")
    phone.await_step(5)
    phone.page.evaluate("window.dispatchEvent(new Event('blur'))")
    phone.await_state("paused")
    fingers.lift("left")
    phone.overlay.get_by_role("button", name="Resume").tap()
    phone.await_state("running")
    phone.await_step(phone.step + 10)
    episode_id = phone.episode_id
    phone.button("New game").click()
    phone.overlay.get_by_role("button", name="Start over").click()
    phone.await_that(lambda: phone.episode_id != episode_id, "another game")
    events = await_ended(server, episode_id).events().to_pylist()
    assert [each["code"] for each in events if each["kind"] in ("down", "up")] == ["ArrowRight"]
    assert [each["held"] for each in events if each["kind"] == "sync"] == ["[]"]


def test_what_is_tapped_on_the_picture_needs_no_keys(make_guest: MakeGuest) -> None:
    """LIVE-31, LIVE-38."""
    phone = open_phone(make_guest)
    phone.go_to(HANOI)
    expect(phone.page.get_by_text("Tap to start")).to_be_visible()
    expect(pad(phone)).to_have_count(0)
    canvas = phone.page.get_by_test_id("screen")
    box = canvas.bounding_box()
    assert box is not None
    # The first tap begins the game as well.
    for move in OPTIMAL_HANOI:
        for pole in move:
            canvas.tap(position={"x": box["width"] * (int(pole) - 0.5) / 3, "y": box["height"] / 2})
    phone.await_state("ended")
    expect(phone.overlay).to_contain_text("You won!")
    expect(phone.overlay).to_contain_text("7 is the fewest possible.")


def test_a_keyboard_needs_no_keys_on_the_glass(guest: Visit) -> None:
    guest.go_to(BREAKOUT)
    expect(pad(guest)).to_have_count(0)
    expect(guest.button("Serve")).to_have_count(0)
