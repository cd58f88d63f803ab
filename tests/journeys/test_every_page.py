"""Every page at three widths, dark and light: accessible, and never wider than the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import MakeGuest
from tests.journeys.visit import BREAKOUT, HANOI, OPTIMAL_HANOI, Visit

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SIZES = ((360, 740), (768, 1024), (1440, 900))
RUN_AXE = "() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)"


def at_the_door(visit: Visit) -> None:
    visit.open("/")
    visit.button("Guest").click()
    visit.page.get_by_role("menuitem", name="Leave").click()
    expect(visit.heading("Come in")).to_be_visible()


def in_the_library(visit: Visit) -> None:
    visit.open("/")
    expect(visit.page.get_by_role("link", name="Tower of Hanoi")).to_be_visible()


def before_the_game(visit: Visit) -> None:
    visit.go_to(BREAKOUT)


def playing(visit: Visit) -> None:
    visit.begin(HANOI)
    visit.play_hanoi(OPTIMAL_HANOI[:2])
    visit.page.keyboard.press("1")
    expect(visit.page.get_by_role("status")).to_contain_text("?")


def paused(visit: Visit) -> None:
    visit.begin(BREAKOUT)
    visit.await_step(30)
    visit.page.keyboard.press("p")
    visit.await_state("paused")


def ended(visit: Visit) -> None:
    visit.begin(HANOI)
    visit.play_hanoi()
    visit.await_state("ended")
    expect(visit.button("Play again")).to_be_focused()


@pytest.mark.parametrize("reach", [at_the_door, in_the_library, before_the_game, playing, paused, ended])
def test_every_page_is_accessible_and_fits_at_every_width_in_dark_and_light(
    make_guest: MakeGuest, reach: Callable[[Visit], None]
) -> None:
    # Colours are judged when they stand still.
    visit = make_guest(reduced_motion="reduce", bypass_csp=True)
    reach(visit)
    visit.page.evaluate(AXE.read_text())
    faults: list[str] = []
    for width, height in SIZES:
        visit.page.set_viewport_size({"width": width, "height": height})
        for theme in ("dark", "light"):
            visit.page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
            faults += [f"{width} {theme}: {fault}" for fault in find_faults(visit)]
    assert faults == []


def find_faults(visit: Visit) -> list[str]:
    violations: list[dict[str, Any]] = visit.page.evaluate(RUN_AXE)
    faults = [
        f"{each['id']}: {node['html']} {node['failureSummary']}"
        for each in violations
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return faults + ([f"{wide} pixels too wide"] if wide > 0 else [])


def test_a_phone_is_told_that_a_keyboard_is_needed_unless_the_game_can_be_played_by_touch(
    make_guest: MakeGuest,
) -> None:
    """LIVE-31, LIVE-38."""
    phone = make_guest(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone.go_to(BREAKOUT)
    expect(phone.page.get_by_text("You need a keyboard")).to_be_visible()
    expect(phone.page.get_by_text("Open it on a computer.")).to_be_visible()

    phone.go_to(HANOI)
    expect(phone.page.get_by_text("You need a keyboard")).to_have_count(0)
    expect(phone.page.get_by_text("Tap to start")).to_be_visible()
    canvas = phone.page.get_by_test_id("screen")
    box = canvas.bounding_box()
    assert box is not None
    canvas.tap(position={"x": box["width"] / 2, "y": box["height"] / 4})
    phone.await_state("running")
    for move in OPTIMAL_HANOI:
        for pole in move:
            canvas.tap(position={"x": box["width"] * (int(pole) - 0.5) / 3, "y": box["height"] / 2})
    phone.await_state("ended")
    expect(phone.overlay).to_contain_text("You won!")
